namespace TransferLearning;

/// <summary>Precision, recall and their harmonic mean; each is 0 where nothing can be divided by.</summary>
/// <param name="Precision">The share of what was found that is right.</param>
/// <param name="Recall">The share of what is there that was found.</param>
internal readonly record struct PrecisionRecall(double Precision, double Recall)
{
    /// <summary>The harmonic mean of both.</summary>
    public double F1 => Precision + Recall > 0 ? 2 * Precision * Recall / (Precision + Recall) : 0;

    /// <summary>The shares of counts.</summary>
    /// <param name="correct">How many were found and are right.</param>
    /// <param name="found">How many were found.</param>
    /// <param name="actual">How many there are.</param>
    public static PrecisionRecall Of(long correct, long found, long actual)
        => new(found > 0 ? correct / (double)found : 0, actual > 0 ? correct / (double)actual : 0);
}
