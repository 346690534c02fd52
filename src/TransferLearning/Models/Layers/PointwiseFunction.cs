namespace TransferLearning.Layers;

/// <summary>A function of one number that may follow a convolution, under the name that oneDNN has for it.</summary>
public sealed class PointwiseFunction
{
    private readonly Func<Tensor, Tensor> _overwrite;

    private PointwiseFunction(string name, Func<Tensor, Tensor> overwrite) => (Name, _overwrite) = (name, overwrite);

    /// <summary>max(x, 0).</summary>
    public static PointwiseFunction Relu { get; } = new("relu", x => x.relu_());

    /// <summary>ReLU that ends at 6.</summary>
    public static PointwiseFunction Relu6 { get; } = new("relu6", x => x.relu6_());

    /// <summary>x sigmoid(x).</summary>
    public static PointwiseFunction Silu { get; } = new("silu", x => x.silu_());

    /// <summary>x relu6(x + 3) / 6.</summary>
    public static PointwiseFunction Hardswish { get; } = new("hardswish", x => x.hardswish_());

    /// <summary>The Gaussian error linear unit.</summary>
    public static PointwiseFunction Gelu { get; } = new("gelu", x => nn.functional.gelu(x));

    /// <summary>The function's name in <see cref="OneDnnScript"/>.</summary>
    internal string Name { get; }

    /// <summary>Works in place where it can: the input must be nobody else's.</summary>
    internal Tensor Apply(Tensor own) => _overwrite(own);
}
