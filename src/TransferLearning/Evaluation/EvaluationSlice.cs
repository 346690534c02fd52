namespace TransferLearning;

/// <summary>How well a model does on the samples that have something in common: a class, a size, a source.</summary>
/// <param name="Name">What they have in common.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Accuracy">What share was predicted correctly; null for a task that has none.</param>
/// <param name="Interval">Between which bounds it lies with a confidence of 95 % (Wilson); null where there is no accuracy.</param>
/// <param name="MeanLoss">The mean loss.</param>
/// <param name="IsSmall">Whether there are so few samples that the accuracy says little.</param>
public sealed record EvaluationSlice(
    string Name, int Count, double? Accuracy, ConfidenceInterval? Interval, double MeanLoss, bool IsSmall)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        string accuracy = Interval is { } interval
            ? string.Create(CultureInfo.InvariantCulture, $"accuracy {Accuracy:F3} ({interval.Lower:F3} to {interval.Upper:F3}), ")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Name}: {accuracy}loss {MeanLoss:F3}, {Count} samples{(IsSmall ? ", too few to say much" : "")}");
    }
}
