namespace TransferLearning;

/// <summary>A sentence as words; <see cref="TagsTarget"/> has a tag for each.</summary>
/// <param name="Words">The words.</param>
public sealed record WordsContent(IReadOnlyList<string> Words) : SampleContent
{
    /// <inheritdoc/>
    public bool Equals(WordsContent? other) => other is not null && Words.SequenceEqual(other.Words);

    /// <inheritdoc/>
    public override int GetHashCode() => Words.Aggregate(Words.Count, (hash, word) => HashCode.Combine(hash, word));

    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => ContentBytes.Join([nameof(WordsContent), .. Words]);
}
