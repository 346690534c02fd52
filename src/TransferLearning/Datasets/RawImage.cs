namespace TransferLearning;

/// <summary>An image as plain pixels in memory: rows from top to bottom, three channels a pixel (red, green, blue).</summary>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Rgb"><paramref name="Width"/> times <paramref name="Height"/> times 3 bytes; twice as many, the lower byte of each number
/// first, where <see cref="BitsPerChannel"/> is 16.</param>
public sealed record RawImage(int Width, int Height, ReadOnlyMemory<byte> Rgb) : SampleContent
{
    /// <summary>8, or 16 for levels from 0 to 65535. Default: 8.</summary>
    public int BitsPerChannel { get; init; } = 8;

    /// <summary>How many bytes an image of this size has; 0 where size or bits are impossible.</summary>
    internal long ExpectedBytes
    {
        get
        {
            if (Width <= 0 || Height <= 0 || BitsPerChannel is not (8 or 16))
            {
                return 0;
            }

            (long pixels, int bytes) = ((long)Width * Height, 3 * (BitsPerChannel / 8));
            return pixels > long.MaxValue / bytes ? long.MaxValue : pixels * bytes; // no memory holds so many
        }
    }

    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => Rgb;
}
