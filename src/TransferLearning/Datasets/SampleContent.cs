namespace TransferLearning;

/// <summary>What a sample holds before it is preprocessed: an encoded image, pixels, text. Derive a sealed record for a kind of your
/// own.</summary>
public abstract record SampleContent
{
    /// <summary>Bytes that are the same for the same content, and differ for another: kept features and resumed runs know samples in memory
    /// by them. Default: none; two of the same name count as the same then.</summary>
    protected internal virtual ReadOnlyMemory<byte> ToBytes() => ReadOnlyMemory<byte>.Empty;
}
