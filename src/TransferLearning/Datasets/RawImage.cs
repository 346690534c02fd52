namespace TransferLearning;

/// <summary>An image as plain pixels in memory: rows from top to bottom, three bytes a pixel (red, green, blue).</summary>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Rgb"><paramref name="Width"/> times <paramref name="Height"/> times 3 bytes.</param>
public sealed record RawImage(int Width, int Height, ReadOnlyMemory<byte> Rgb) : SampleContent;
