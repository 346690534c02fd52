namespace TransferLearning;

/// <summary>How little what is predicted and what is true overlap, for each example and class over all pixels (Milletari et al., "V-Net",
/// 2016): 1 - (2 Σ p t + smooth) / (Σ p^power + Σ t^power + smooth).</summary>
/// <remarks>Outputs are logits [N, classes, height, width]: of several classes the softmax is taken, of one the logistic function. Targets
/// are class numbers [N, height, width] int64; of one class 1 where it is and 0 elsewhere.</remarks>
public sealed record DiceLoss : ElementwiseLoss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="smooth">What is added above and below, at least 0, so that a class that is nowhere has a value.</param>
    /// <param name="squares">Whether the sums below are of squares, as in the paper, or of the numbers themselves.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not at least 0 and finite.</exception>
    public DiceLoss(double smooth = 1, bool squares = true)
        => (Smooth, Squares) = (ValidNumber.NotNegative(smooth, nameof(smooth)), squares);

    /// <summary>What is added above and below.</summary>
    public double Smooth { get; }

    /// <summary>Whether the sums below are of squares.</summary>
    public bool Squares { get; }

    /// <inheritdoc/>
    internal override LossTargets? Targets => LossTargets.Pixels;

    /// <inheritdoc/>
    /// <returns>[N, classes] with a gradient; the caller disposes it.</returns>
    public override Tensor ComputeEach(Tensor outputs, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(targets);
        Check(outputs, targets);
        using DisposeScope scope = NewDisposeScope();
        bool isOne = outputs.size(1) == 1;
        Tensor predicted = isOne ? outputs.sigmoid() : outputs.softmax(1);
        Tensor classes = isOne ? targets.unsqueeze(1) : nn.functional.one_hot(targets, outputs.size(1)).movedim([-1], [1]);
        Tensor actual = classes.to(outputs.dtype);
        Tensor shared = predicted.mul(actual).sum([2, 3]).Multiply(2L).Add(Smooth);
        Tensor all = Squares ? predicted.Square().Add(actual.Square()) : predicted.Add(actual);
        return shared.div(all.sum([2, 3]).Add(Smooth)).neg().Add(1L).MoveToOuterDisposeScope();
    }

    private static void Check(Tensor outputs, Tensor targets)
    {
        if (outputs.dim() != 4 || outputs.numel() == 0)
        {
            throw new ArgumentException(
                $"The outputs must be [N, classes, height, width] with at least one element, but are {Shape(outputs)}.", nameof(outputs));
        }

        long[] expected = [outputs.size(0), outputs.size(2), outputs.size(3)];
        if (targets.dtype != int64 || !targets.shape.AsSpan().SequenceEqual(expected))
        {
            throw new ArgumentException(
                $"The outputs are {Shape(outputs)}, so the classes of the pixels must be int64 [{string.Join(", ", expected)}], "
                    + $"but they are {targets.dtype} {Shape(targets)}.",
                nameof(targets));
        }

        if (targets.device_type != TorchSharp.DeviceType.CPU)
        {
            return; // copying them back would make every step wait
        }

        long classes = Math.Max(outputs.size(1), 2);
        using Tensor lowest = targets.min(), highest = targets.max();
        if (lowest.item<long>() < 0 || highest.item<long>() >= classes)
        {
            throw new ArgumentException(
                $"A pixel has the class {(lowest.item<long>() < 0 ? lowest : highest).item<long>()}; there are {classes} "
                    + $"(0 to {classes - 1}). Check the masks.",
                nameof(targets));
        }
    }
}
