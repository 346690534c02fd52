namespace TransferLearning.Layers;

/// <summary>A function without weights as a member of a <see cref="Sequential"/>.</summary>
public sealed class Activation : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor, Tensor> _function;

    /// <summary>Makes one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="function">Returns a new tensor, which the caller owns.</param>
    /// <param name="pointwise">The same as a function that may be fused into the convolution before it, or null.</param>
    public Activation(string name, Func<Tensor, Tensor> function, PointwiseFunction? pointwise = null)
        : base(name) => (_function, Pointwise) = (function, pointwise);

    /// <summary>The same as a function that may be fused into the convolution before it, or null.</summary>
    public PointwiseFunction? Pointwise { get; }

    /// <summary>max(x, 0).</summary>
    public static Activation Relu() => new(nameof(Relu), x => nn.functional.relu(x), PointwiseFunction.Relu);

    /// <summary>ReLU that overwrites its input, which must be nobody else's: what a layer before it made.</summary>
    public static Activation ReluInPlace() => new(nameof(Relu), x => x.relu_(), PointwiseFunction.Relu);

    /// <summary>ReLU that ends at 6.</summary>
    public static Activation Relu6() => new(nameof(Relu6), x => nn.functional.relu6(x), PointwiseFunction.Relu6);

    /// <summary>The Gaussian error linear unit.</summary>
    public static Activation Gelu() => new(nameof(Gelu), x => nn.functional.gelu(x), PointwiseFunction.Gelu);

    /// <summary>x sigmoid(x).</summary>
    public static Activation Silu() => new(nameof(Silu), x => nn.functional.silu(x), PointwiseFunction.Silu);

    /// <summary>x relu6(x + 3) / 6.</summary>
    public static Activation Hardswish() => new(nameof(Hardswish), x => nn.functional.hardswish(x), PointwiseFunction.Hardswish);

    /// <summary>[N, C, H, W] to [N, C], the mean over height and width.</summary>
    public static Activation GlobalAveragePool() => new(nameof(GlobalAveragePool), x => x.mean([2, 3]));

    /// <summary>The axes in another order, without copying.</summary>
    /// <param name="axes">The old number of each new axis.</param>
    public static Activation Permute(params long[] axes) => new(nameof(Permute), x => x.permute(axes));

    /// <summary>All axes but the first become one.</summary>
    public static Activation Flatten() => new(nameof(Flatten), x => x.flatten(1));

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => _function(input);
}
