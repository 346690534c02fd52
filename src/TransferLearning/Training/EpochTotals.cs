namespace TransferLearning;

/// <summary>Sums over the part of an epoch that is done. A value: a copy is a state to go back to or to save.</summary>
/// <param name="NextBatch">The number of the batch that comes next.</param>
/// <param name="Batches">How many batches are done.</param>
/// <param name="Samples">How many samples they had.</param>
/// <param name="Items">How many items their losses are means over.</param>
/// <param name="LossSum">The sum of losses over items.</param>
/// <param name="Correct">How many items were predicted correctly; null for a task that has none.</param>
internal readonly record struct EpochTotals(int NextBatch, int Batches, long Samples, long Items, double LossSum, long? Correct)
{
    public static EpochTotals None => new(0, 0, 0, 0, 0, 0);

    public double MeanLoss => LossSum / Math.Max(Items, 1);
    public double? Accuracy => Correct is { } correct ? (double)correct / Math.Max(Items, 1) : null;

    public EpochTotals With(double loss, long items, long? correct)
        => this with { LossSum = LossSum + (loss * items), Items = Items + items, Correct = Correct + correct };
}
