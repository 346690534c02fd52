namespace TransferLearning;

/// <summary>Two classes of which one was taken for the other.</summary>
/// <param name="Label">The true class.</param>
/// <param name="LabelName">Its name.</param>
/// <param name="Predicted">What it was taken for.</param>
/// <param name="PredictedName">Its name.</param>
/// <param name="Count">How many samples.</param>
/// <param name="Share">What share of the samples of the true class these are.</param>
public sealed record ConfusedPair(int Label, string LabelName, int Predicted, string PredictedName, long Count, double Share)
{
    /// <inheritdoc/>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{LabelName} taken for {PredictedName}: {Count} ({Share:P1})");
}
