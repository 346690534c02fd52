namespace TransferLearning;

/// <summary>What one batch gave. Whoever asked for it disposes the tensors with the scope of the step.</summary>
/// <param name="Loss">One number with a gradient: the mean over the items that count.</param>
/// <param name="Weight">How many items that mean is over: samples, or tokens with a label.</param>
/// <param name="Correct">How many items were predicted correctly, an int64 scalar; null where that has no meaning.</param>
/// <param name="Outputs">What the head gave, for the metrics; of chosen tokens only where the task needs no others.</param>
public sealed record StepLoss(Tensor Loss, long Weight, Tensor? Correct, Tensor Outputs)
{
    /// <summary>How much the mean counts beside those of other batches in the same step; the items, unless classes have weights.</summary>
    public double Share { get; init; } = Weight;
}
