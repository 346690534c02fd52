namespace TransferLearning;

/// <summary>An image file as it lies on disk: JPEG, PNG, WebP, GIF, BMP, a portable map (PPM, PGM, PBM) or what
/// else a codec decodes.</summary>
/// <param name="Bytes">The whole file.</param>
public sealed record EncodedImage(ReadOnlyMemory<byte> Bytes) : SampleContent
{
    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => Bytes;
}
