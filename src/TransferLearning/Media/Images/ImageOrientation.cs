using SkiaSharp;

namespace TransferLearning;

/// <summary>Turns a stored image upright, for the eight orientations of EXIF and TIFF.</summary>
public static class ImageOrientation
{
    /// <summary>Takes ownership of the stored image and returns the upright one, which may be the same. For codecs.</summary>
    /// <param name="stored">The image as its file has it.</param>
    /// <param name="orientation">The value of the tag, 1 to 8; any other leaves the image as it is.</param>
    /// <returns>The image, which the caller disposes.</returns>
    public static ImagePixels Upright(ImagePixels stored, int orientation)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return Upright(stored, (SKEncodedOrigin)orientation);
    }

    internal static ImagePixels Upright(ImagePixels stored, SKEncodedOrigin origin)
    {
        // Where the upright image's first pixel lies in the stored one, and which way its rows run.
        (bool transposed, bool fromRight, bool fromBottom) = origin switch
        {
            SKEncodedOrigin.TopRight => (false, true, false),
            SKEncodedOrigin.BottomRight => (false, true, true),
            SKEncodedOrigin.BottomLeft => (false, false, true),
            SKEncodedOrigin.LeftTop => (true, false, false),
            SKEncodedOrigin.RightTop => (true, false, true),
            SKEncodedOrigin.RightBottom => (true, true, true),
            SKEncodedOrigin.LeftBottom => (true, true, false),
            _ => (false, false, false),
        };
        if (!transposed && !fromRight && !fromBottom)
        {
            return stored;
        }

        using (stored)
        {
            return Rearranged(stored, transposed, fromRight, fromBottom);
        }
    }

    private static ImagePixels Rearranged(ImagePixels stored, bool transposed, bool fromRight, bool fromBottom)
    {
        int width = stored.Width;
        int height = stored.Height;
        (int Width, int Height, int Eighths)? whole = stored.ReducedFrom;
        ImagePixels upright = transposed
            ? new ImagePixels(height, width, stored.BitsPerChannel)
            {
                ReducedFrom = whole is { } turned ? (turned.Height, turned.Width, turned.Eighths) : null,
                IsCutToBytes = stored.IsCutToBytes,
            }
            : new ImagePixels(width, height, stored.BitsPerChannel) { ReducedFrom = whole, IsCutToBytes = stored.IsCutToBytes };
        int first = (fromRight ? width - 1 : 0) + ((fromBottom ? height - 1 : 0) * width);
        int alongRow = fromRight ? -1 : 1;
        int alongColumn = fromBottom ? -width : width;
        int stepX = transposed ? alongColumn : alongRow;
        int stepY = transposed ? alongRow : alongColumn;
        for (int y = 0; y < upright.Height; y++)
        {
            int source = first + (y * stepY);
            if (stored.IsDeep)
            {
                Walk<ulong>(stored.DeepWords, upright.DeepWords.Slice(y * upright.Width, upright.Width), source, stepX);
            }
            else
            {
                Walk<uint>(stored.Words, upright.Words.Slice(y * upright.Width, upright.Width), source, stepX);
            }
        }

        return upright;
    }

    private static void Walk<T>(ReadOnlySpan<T> from, Span<T> row, int source, int step)
    {
        for (int x = 0; x < row.Length; x++, source += step)
        {
            row[x] = from[source];
        }
    }
}
