namespace TransferLearning;

/// <summary>Sums over the part of an epoch that is done. A value: a copy is a state to go back to or to save.</summary>
/// <param name="NextBatch">The number of the batch that comes next.</param>
/// <param name="Batches">How many batches are done.</param>
/// <param name="Samples">How many samples they had.</param>
/// <param name="Items">How many items their losses are means over.</param>
/// <param name="LossSum">The sum of losses over items.</param>
/// <param name="Right">How many items were classified rightly.</param>
internal readonly record struct EpochTotals(int NextBatch, int Batches, long Samples, long Items, double LossSum, long? Right)
{
    public static EpochTotals None => new(0, 0, 0, 0, 0, 0);

    public double MeanLoss => LossSum / Math.Max(Items, 1);

    public double Accuracy => Right is { } right ? (double)right / Math.Max(Items, 1) : double.NaN;

    public EpochTotals With(double loss, long items, long? right)
        => this with { LossSum = LossSum + (loss * items), Items = Items + items, Right = Right + right };
}
