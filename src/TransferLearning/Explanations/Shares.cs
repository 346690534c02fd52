namespace TransferLearning;

/// <summary>What a method gives.</summary>
/// <param name="Values">A number for each element of the input, or for each place of it.</param>
/// <param name="IsSigned">Whether negative numbers speak against the class; if not, only their size counts.</param>
internal sealed record Shares(Tensor Values, bool IsSigned)
{
    /// <summary>The map before it was brought to the size of the input, [h, w]; null where there is none.</summary>
    public Tensor? Grid { get; init; }

    /// <summary>The score of the input less that of the baseline; null without a baseline.</summary>
    public double? ScoreDifference { get; init; }

    /// <summary>The module that was looked into; null where none was.</summary>
    public string? Layer { get; init; }
}
