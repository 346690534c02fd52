namespace TransferLearning;

/// <summary>A run of tokens that is ready for a language model as it is, special tokens included.</summary>
/// <param name="Ids">The numbers of the tokens.</param>
public sealed record TokenContent(IReadOnlyList<int> Ids) : SampleContent
{
    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => ContentBytes.Join([nameof(TokenContent), string.Join(' ', Ids)]);
}
