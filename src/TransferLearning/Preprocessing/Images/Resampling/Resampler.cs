using System.Runtime.Intrinsics;

namespace TransferLearning;

/// <summary>Pillow's resize, bit for bit: rows first, then columns, fixed-point weights of 22 bits, rounded to eight bits after each pass;
/// an axis whose length stays is left alone. Only the wanted part of the result is computed.</summary>
internal static class Resampler
{
    /// <summary>The widest vectors this processor is fast with.</summary>
    public static VectorWidth Best { get; } =
        Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
        : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256
        : Vector128.IsHardwareAccelerated ? VectorWidth.Bits128
        : VectorWidth.Scalar;

    /// <summary>Resizes a window of an image.</summary>
    /// <param name="image">The image; it stays the caller's.</param>
    /// <param name="window">The part that is resized, inside the image, in pixels of the size that it has in its file. Pixels outside of it
    /// have no influence.</param>
    /// <param name="width">The width of the whole window after resizing.</param>
    /// <param name="height">The height of the whole window after resizing.</param>
    /// <param name="part">Which part of the resized window is returned, inside of it.</param>
    /// <param name="interpolation">The filter.</param>
    /// <param name="vectors">Which form of the loops runs; null means the best.</param>
    public static ImagePixels Resize(
        ImagePixels image, PixelBox window, long width, long height, PixelBox part, Interpolation interpolation,
        VectorWidth? vectors = null)
    {
        ImagePixels result = image.Sized(checked((int)part.Width), checked((int)part.Height));
        PixelExtent wide = PixelExtent.Of(window.Left, window.Width, image.Width, image.ReducedFrom?.Eighths);
        PixelExtent high = PixelExtent.Of(window.Top, window.Height, image.Height, image.ReducedFrom?.Eighths);
        window = new PixelBox(wide.First, high.First, wide.Count, high.Count);
        if (interpolation == Interpolation.Nearest)
        {
            int[] columns = NearestPositions(wide, width, part.Left, result.Width);
            int[] rows = NearestPositions(high, height, part.Top, result.Height);
            if (image.IsDeep)
            {
                Nearest<ulong>(image.DeepWords, image.Width, window, columns, rows, result.DeepWords, result.Width);
            }
            else
            {
                Nearest<uint>(image.Words, image.Width, window, columns, rows, result.Words, result.Width);
            }
        }
        else if (image.IsDeep)
        {
            using ResampleAxis across = ResampleAxis.Create(interpolation, wide, width, part.Left, result.Width);
            using ResampleAxis down = ResampleAxis.Create(interpolation, high, height, part.Top, result.Height);
            DeepResampler.Run(image, window, wide.IsWhole(width) ? null : across, high.IsWhole(height) ? null : down, part, result);
        }
        else
        {
            VectorWidth widest = vectors ?? Best;
            using ResampleAxis? across = wide.IsWhole(width)
                ? null
                : ResampleAxis.Create(interpolation, wide, width, part.Left, result.Width, HorizontalPass.TapsPerVector(widest), repeat: 4);
            using ResampleAxis? down = high.IsWhole(height) ? null
                : ResampleAxis.Create(interpolation, high, height, part.Top, result.Height);
            Filtered(image, window, part, across, down, result, widest);
        }

        return result;
    }

    /// <summary>Resizes a whole image.</summary>
    public static ImagePixels Resize(ImagePixels image, int width, int height, Interpolation interpolation, VectorWidth? vectors = null)
        => Resize(image, PixelBox.Stored(image), width, height, new PixelBox(0, 0, width, height), interpolation, vectors);

    private static unsafe void Filtered(
        ImagePixels image, PixelBox window, PixelBox part, ResampleAxis? across, ResampleAxis? down, ImagePixels result,
        VectorWidth vectors)
    {
        // The rows of the window that the second pass reads, and so the only ones the first pass makes.
        int firstRow = down?.FirstInput ?? (int)part.Top;
        int rowCount = down?.InputCount ?? result.Height;
        byte[]? between = across is not null && down is not null ? ArrayPool<byte>.Shared.Rent(checked(rowCount * result.Stride)) : null;
        fixed (byte* source = image.Bytes, target = result.Bytes, temporary = between)
        {
            PixelRows input = new PixelRows(source, image.Stride).From(window.Left, window.Top);
            PixelRows output = new(target, result.Stride);
            if (across is null && down is null)
            {
                Copy(input.From(part.Left, part.Top), output, result);
            }
            else if (down is null)
            {
                HorizontalPass.Run(input.From(0, firstRow), output, rowCount, across!, vectors);
            }
            else if (across is null)
            {
                VerticalPass.Run(input.From(part.Left, 0), output, result.Width, down, vectors);
            }
            else
            {
                PixelRows rows = new(temporary, result.Stride);
                HorizontalPass.Run(input.From(0, firstRow), rows, rowCount, across, vectors);
                VerticalPass.Run(rows.From(0, -firstRow), output, result.Width, down, vectors);
            }
        }

        if (between is not null)
        {
            ArrayPool<byte>.Shared.Return(between);
        }
    }

    private static unsafe void Copy(PixelRows from, PixelRows to, ImagePixels result)
    {
        for (int y = 0; y < result.Height; y++)
        {
            Buffer.MemoryCopy(from.Row(y), to.Row(y), result.Stride, result.Stride);
        }
    }

    private static void Nearest<T>(
        ReadOnlySpan<T> from, int fromWidth, PixelBox window, int[] columns, int[] rows, Span<T> to, int toWidth)
    {
        for (int y = 0; y < rows.Length; y++)
        {
            ReadOnlySpan<T> source = from.Slice(((int)window.Top + rows[y]) * fromWidth, fromWidth)[(int)window.Left..];
            Span<T> target = to.Slice(y * toWidth, toWidth);
            for (int x = 0; x < columns.Length; x++)
            {
                target[x] = source[columns[x]];
            }
        }
    }

    // The position is summed up step by step, because Pillow does: a product would round differently.
    private static int[] NearestPositions(PixelExtent input, long outputSize, long first, int count)
    {
        int[] positions = new int[count];
        double step = input.Length / outputSize;
        double position = input.Start + (step * 0.5);
        for (long i = 0; i < first + count; i++, position += step)
        {
            if (i >= first)
            {
                positions[i - first] = (int)Math.Min((long)position, input.Count - 1);
            }
        }

        return positions;
    }
}
