namespace TransferLearning;

/// <summary>Each word of the sample has a tag.</summary>
/// <param name="Tags">The tag of each word, an index into <see cref="Dataset.ClassNames"/>.</param>
public sealed record TagsTarget(IReadOnlyList<int> Tags) : Target
{
    /// <inheritdoc/>
    public override IEnumerable<int> ClassNumbers => Tags;

    /// <inheritdoc/>
    protected internal override Target Renumbered(IReadOnlyList<int> numbers)
        => new TagsTarget([.. Tags.Select(number => Renumbered(numbers, number))]);

    /// <inheritdoc/>
    public bool Equals(TagsTarget? other) => other is not null && Tags.SequenceEqual(other.Tags);

    /// <inheritdoc/>
    public override int GetHashCode() => Tags.Aggregate(Tags.Count, HashCode.Combine);

    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => ContentBytes.Join([nameof(TagsTarget), string.Join(' ', Tags)]);
}
