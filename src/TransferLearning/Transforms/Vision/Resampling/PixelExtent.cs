namespace TransferLearning;

/// <summary>A stretch of an axis with fractions of pixels, beside the whole pixels that it lies in.</summary>
/// <param name="First">The first pixel.</param>
/// <param name="Count">How many pixels; others have no influence.</param>
/// <param name="Start">Where the stretch begins, from the first pixel's edge.</param>
/// <param name="Length">How long it is.</param>
internal readonly record struct PixelExtent(int First, int Count, double Start, double Length)
{
    /// <summary>Where a stretch of the stored image lies in one that may have been reduced.</summary>
    public static PixelExtent Of(long first, long count, int size, int? eighths)
    {
        if (eighths is not { } reduced)
        {
            return new PixelExtent(checked((int)first), checked((int)count), 0, count);
        }

        double start = first * reduced / 8.0;
        double end = (first + count) * reduced / 8.0;
        int left = Math.Min((int)start, size - 1);
        int right = Math.Clamp((int)Math.Ceiling(end), left + 1, size);
        return new PixelExtent(left, right - left, start - left, end - start);
    }

    /// <summary>Whether it is these pixels and no fraction.</summary>
    public bool IsWhole(long length) => Start == 0 && Length == length && Count == length;
}
