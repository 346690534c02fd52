namespace TransferLearning;

/// <summary>An image file as it lies on disk: JPEG, PNG, WebP, GIF or BMP.</summary>
/// <param name="Bytes">The whole file.</param>
public sealed record EncodedImage(ReadOnlyMemory<byte> Bytes) : SampleContent;
