using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>What one batch gave in training. The trainer disposes the tensors with the step's scope.</summary>
/// <param name="Loss">One number with a gradient: the mean over the items that count.</param>
/// <param name="Weight">How many items that mean is over: samples, or tokens with a label.</param>
/// <param name="Right">How many items were classified rightly, an int64 scalar; null where that has no meaning.</param>
internal sealed record StepLoss(Tensor Loss, long Weight, Tensor? Right)
{
    /// <summary>How much the mean counts beside those of other batches in the same step; the items, unless classes weigh differently.</summary>
    public double Share { get; init; } = Weight;
}
