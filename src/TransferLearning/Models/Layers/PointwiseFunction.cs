using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>A function of one number that may follow a convolution, under the name that oneDNN has for it.</summary>
internal sealed class PointwiseFunction
{
    private readonly Func<Tensor, Tensor> _overwrite;

    private PointwiseFunction(string name, Func<Tensor, Tensor> overwrite) => (Name, _overwrite) = (name, overwrite);

    public static PointwiseFunction Relu { get; } = new("relu", x => x.relu_());

    public static PointwiseFunction Relu6 { get; } = new("relu6", x => x.relu6_());

    public static PointwiseFunction Silu { get; } = new("silu", x => x.silu_());

    public static PointwiseFunction Hardswish { get; } = new("hardswish", x => x.hardswish_());

    public static PointwiseFunction Gelu { get; } = new("gelu", x => nn.functional.gelu(x));

    /// <summary>The function's name in <see cref="OneDnnScript"/>.</summary>
    public string Name { get; }

    /// <summary>Works in place where it can: the input must be nobody else's.</summary>
    public Tensor Apply(Tensor own) => _overwrite(own);
}
