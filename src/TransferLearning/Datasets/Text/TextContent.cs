namespace TransferLearning;

/// <summary>A text, or two that belong together.</summary>
/// <param name="Text">The text, or the first of two.</param>
/// <param name="Pair">The second text: the hypothesis of a premise, the answer to a question. Default: none.</param>
public sealed record TextContent(string Text, string? Pair = null) : SampleContent
{
    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => ContentBytes.Join([nameof(TextContent), Text, Pair]);
}
