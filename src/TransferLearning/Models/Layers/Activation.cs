using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>A function without weights as a member of a chain.</summary>
internal sealed class Activation : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor, Tensor> _function;

    // The function returns a new tensor that the caller owns. Where it is a function of one number, `pointwise` says which.
    public Activation(string name, Func<Tensor, Tensor> function, PointwiseFunction? pointwise = null)
        : base(name) => (_function, Pointwise) = (function, pointwise);

    /// <summary>The same as a function that may be fused into the convolution before it, or null.</summary>
    public PointwiseFunction? Pointwise { get; }

    public static Activation Relu() => new(nameof(Relu), x => nn.functional.relu(x), PointwiseFunction.Relu);

    /// <summary>ReLU that overwrites its input, which must be nobody else's: what a layer before it made.</summary>
    public static Activation ReluInPlace() => new(nameof(Relu), x => x.relu_(), PointwiseFunction.Relu);

    public static Activation Relu6() => new(nameof(Relu6), x => nn.functional.relu6(x), PointwiseFunction.Relu6);

    public static Activation Gelu() => new(nameof(Gelu), x => nn.functional.gelu(x), PointwiseFunction.Gelu);

    public static Activation Silu() => new(nameof(Silu), x => nn.functional.silu(x), PointwiseFunction.Silu);

    public static Activation Hardswish() => new(nameof(Hardswish), x => nn.functional.hardswish(x), PointwiseFunction.Hardswish);

    /// <summary>[N, C, H, W] to [N, C], the mean over height and width.</summary>
    public static Activation GlobalAveragePool() => new(nameof(GlobalAveragePool), x => x.mean([2, 3]));

    /// <summary>The axes in another order, without copying.</summary>
    public static Activation Permute(params long[] axes) => new(nameof(Permute), x => x.permute(axes));

    public static Activation Flatten() => new(nameof(Flatten), x => x.flatten(1));

    public override Tensor forward(Tensor input) => _function(input);
}
