namespace TransferLearning;

/// <summary>The filters of <see cref="Resampler"/> on 16 bits a channel: the same weights, sums of 64 bits, rounded to 16 bits after each
/// pass.</summary>
internal static class DeepResampler
{
    private const long Half = 1L << (ResampleAxis.Bits - 1);

    /// <summary>Fills the result with a part of the resized window; an axis of null keeps its length.</summary>
    public static void Run(
        ImagePixels image, PixelBox window, ResampleAxis? across, ResampleAxis? down, PixelBox part, ImagePixels result)
    {
        // The rows of the window that the second pass reads, and so the only ones the first pass makes.
        int firstRow = down?.FirstInput ?? (int)part.Top;
        int rowCount = down?.InputCount ?? result.Height;
        int stride = 4 * result.Width;
        ushort[] rows = ArrayPool<ushort>.Shared.Rent(checked(rowCount * stride));
        for (int y = 0; y < rowCount; y++)
        {
            ReadOnlySpan<ushort> source = image.Samples.Slice(
                4 * ((((int)window.Top + firstRow + y) * image.Width) + (int)window.Left), 4 * (int)window.Width);
            Span<ushort> target = rows.AsSpan(y * stride, stride);
            if (across is null)
            {
                source.Slice(4 * (int)part.Left, stride).CopyTo(target);
                continue;
            }

            for (int x = 0; x < result.Width; x++)
            {
                ReadOnlySpan<int> weights = across.Weights.Slice(x * across.Taps, across.Taps);
                ReadOnlySpan<ushort> taps = source[(4 * across.Starts[x])..];
                for (int channel = 0; channel < 4; channel++)
                {
                    target[(4 * x) + channel] = Sum(weights, taps[channel..], 4);
                }
            }
        }

        for (int y = 0; y < result.Height; y++)
        {
            Span<ushort> target = result.Samples.Slice(y * stride, stride);
            if (down is null)
            {
                rows.AsSpan(y * stride, stride).CopyTo(target);
                continue;
            }

            ReadOnlySpan<int> weights = down.Weights.Slice(y * down.Taps, down.Taps);
            ReadOnlySpan<ushort> taps = rows.AsSpan((down.Starts[y] - firstRow) * stride, down.Taps * stride);
            for (int i = 0; i < stride; i++)
            {
                target[i] = Sum(weights, taps[i..], stride);
            }
        }

        ArrayPool<ushort>.Shared.Return(rows);
    }

    private static ushort Sum(ReadOnlySpan<int> weights, ReadOnlySpan<ushort> taps, int step)
    {
        long sum = Half;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += (long)weights[i] * taps[i * step];
        }

        return (ushort)Math.Clamp(sum >> ResampleAxis.Bits, 0, ushort.MaxValue);
    }
}
