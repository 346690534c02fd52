using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>A function without weights as a member of a chain.</summary>
internal sealed class Activation : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor, Tensor> _function;

    // The function returns a new tensor that the caller owns.
    public Activation(string name, Func<Tensor, Tensor> function)
        : base(name) => _function = function;

    public static Activation Relu() => new(nameof(Relu), x => nn.functional.relu(x));

    /// <summary>ReLU that overwrites its input, which must be nobody else's: what a layer before it made.</summary>
    public static Activation ReluInPlace() => new(nameof(Relu), x => x.relu_());

    public static Activation Relu6() => new(nameof(Relu6), x => nn.functional.relu6(x));

    public static Activation Gelu() => new(nameof(Gelu), x => nn.functional.gelu(x));

    public static Activation Silu() => new(nameof(Silu), x => nn.functional.silu(x));

    public static Activation Hardswish() => new(nameof(Hardswish), x => nn.functional.hardswish(x));

    /// <summary>[N, C, H, W] to [N, C], the mean over height and width.</summary>
    public static Activation GlobalAveragePool() => new(nameof(GlobalAveragePool), x => x.mean([2, 3]));

    /// <summary>The axes in another order, without copying.</summary>
    public static Activation Permute(params long[] axes) => new(nameof(Permute), x => x.permute(axes));

    public static Activation Flatten() => new(nameof(Flatten), x => x.flatten(1));

    public override Tensor forward(Tensor input) => _function(input);
}
