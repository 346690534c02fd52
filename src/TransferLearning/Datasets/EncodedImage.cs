namespace TransferLearning;

/// <summary>An image file as it lies on disk: JPEG, PNG, WebP, GIF, BMP or a portable map (PPM, PGM, PBM).</summary>
/// <param name="Bytes">The whole file.</param>
public sealed record EncodedImage(ReadOnlyMemory<byte> Bytes) : SampleContent;
