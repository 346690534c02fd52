namespace TransferLearning;

/// <summary>A loss that is the mean of numbers, one for each example or each output, which can be had one by one too.</summary>
public abstract record ElementwiseLoss : LossFunction
{
    private protected ElementwiseLoss()
    {
    }

    /// <summary>The numbers whose mean <see cref="Compute"/> gives; their sum is PyTorch's reduction <c>sum</c>.</summary>
    /// <param name="outputs">The network's outputs; they stay the caller's.</param>
    /// <param name="targets">The truth; it stays the caller's.</param>
    /// <returns>With a gradient: [N] for classes, the shape of the outputs for labels and numbers; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public abstract Tensor ComputeEach(Tensor outputs, Tensor targets);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public override Tensor Compute(Tensor outputs, Tensor targets)
    {
        using Tensor each = ComputeEach(outputs, targets);
        return each.mean();
    }

    private protected static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    private protected static void RequireSameForm(Tensor outputs, Tensor targets, string what)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(targets);
        if (outputs.dim() == 0 || outputs.numel() == 0)
        {
            throw new ArgumentException(
                $"The outputs must be [N, …] with at least one element, but are {Shape(outputs)}.", nameof(outputs));
        }

        if (!targets.shape.AsSpan().SequenceEqual(outputs.shape) || targets.dtype != outputs.dtype)
        {
            throw new ArgumentException(
                $"{what} must have the shape and type of the outputs, {outputs.dtype} {Shape(outputs)}, "
                    + $"but are {targets.dtype} {Shape(targets)}.",
                nameof(targets));
        }
    }

    /// <summary>One number for each output, in the outputs' type; null for none. The caller disposes it.</summary>
    private protected static Tensor? PerOutput(IReadOnlyList<double>? numbers, Tensor outputs, string what)
        => numbers is null ? null
            : numbers.Count == outputs.size(1) ? tensor([.. numbers], outputs.dtype, outputs.device)
            : throw new ArgumentException(
                $"The loss has {numbers.Count} {what}, but the network has {outputs.size(1)} outputs. Give one for each.", nameof(outputs));

    private protected static double[]? Weights(IEnumerable<double>? numbers, string name)
        => numbers?.Select(number => ValidNumber.NotNegative(number, name)).ToArray();
}
