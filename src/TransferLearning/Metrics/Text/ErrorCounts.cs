namespace TransferLearning;

/// <summary>The edits that turn references into what was recognised or written, over one text or many.</summary>
/// <param name="Substitutions">Words (or characters) in the place of others.</param>
/// <param name="Deletions">Words of the references that are missing.</param>
/// <param name="Insertions">Words that are not in the references.</param>
/// <param name="ReferenceUnits">The words of the references.</param>
/// <remarks>
/// The edits are the fewest possible. Where several alignments have as few, the one with the most substitutions is counted.
/// </remarks>
public sealed record ErrorCounts(long Substitutions, long Deletions, long Insertions, long ReferenceUnits)
{
    /// <summary>All edits.</summary>
    public long Edits => Substitutions + Deletions + Insertions;

    /// <summary>Edits for each word of the references; may be above 1, and is null if the references have none.</summary>
    public double? Rate => ReferenceUnits > 0 ? Edits / (double)ReferenceUnits : null;

    /// <summary>The counts of both.</summary>
    /// <param name="other">Counts of other texts.</param>
    public ErrorCounts Add(ErrorCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new ErrorCounts(
            Substitutions + other.Substitutions,
            Deletions + other.Deletions,
            Insertions + other.Insertions,
            ReferenceUnits + other.ReferenceUnits);
    }
}
