namespace TransferLearning;

/// <summary>What was said in a sound.</summary>
/// <param name="Segments">Its pieces, in order.</param>
/// <param name="Language">The code of the language, such as <c>en</c>; null where the network does not say it.</param>
public sealed record Transcription(IReadOnlyList<TranscriptionSegment> Segments, string? Language)
{
    /// <summary>All of it.</summary>
    public string Text => string.Join(' ', Segments.Select(segment => segment.Text.Trim()).Where(text => text.Length > 0));

    /// <inheritdoc/>
    public override string ToString() => Text;
}
