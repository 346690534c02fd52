namespace TransferLearning;

/// <summary>One number that says how good a model is at its task, by which the best epoch is chosen.</summary>
/// <param name="Name">What it is: <c>accuracy</c>, <c>entity F1</c>, …</param>
/// <param name="Value">The number, never NaN.</param>
/// <param name="IsHigherBetter">Whether more of it is better. Default: true.</param>
public sealed record Score(string Name, double Value, bool IsHigherBetter = true)
{
    /// <summary>Whether this score is better than another of the same name.</summary>
    public bool IsBetterThan(Score other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return IsHigherBetter ? Value > other.Value : Value < other.Value;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Value:0.####}");
}
