namespace TransferLearning;

/// <summary>Rows of pixels at an address that the caller has pinned.</summary>
internal readonly unsafe struct PixelRows(byte* start, long stride)
{
    public byte* Row(long y) => start + (y * stride);

    /// <summary>The same rows from another pixel on.</summary>
    public PixelRows From(long x, long y) => new(Row(y) + (x * ImagePixels.BytesPerPixel), stride);
}
