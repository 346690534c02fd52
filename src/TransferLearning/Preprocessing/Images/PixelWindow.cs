namespace TransferLearning;

/// <summary>Cuts a window out of an image.</summary>
internal static class PixelWindow
{
    /// <summary>Takes ownership of the image and returns a window of it; what lies outside of the image is filled.</summary>
    public static ImagePixels Cut(ImagePixels image, int left, int top, int width, int height, PixelColor fill)
    {
        if (left == 0 && top == 0 && width == image.Width && height == image.Height)
        {
            return image;
        }

        using (image)
        {
            ImagePixels result = image.Sized(width, height);
            if (image.IsDeep)
            {
                Copy<ulong>(image.DeepWords, result.DeepWords, image, left, top, width, height, fill.PackedDeep);
            }
            else
            {
                Copy<uint>(image.Words, result.Words, image, left, top, width, height, fill.Packed);
            }

            return result;
        }
    }

    private static void Copy<T>(
        ReadOnlySpan<T> from, Span<T> to, ImagePixels image, int left, int top, int width, int height, T fill)
    {
        int begin = (int)Math.Clamp(-(long)left, 0, width);
        int end = (int)Math.Clamp((long)image.Width - left, begin, width);
        if (begin > 0 || end < width || top < 0 || (long)top + height > image.Height)
        {
            to.Fill(fill);
        }

        for (int y = 0; y < height; y++)
        {
            long row = (long)y + top;
            if (row >= 0 && row < image.Height && end > begin)
            {
                from.Slice(((int)row * image.Width) + left + begin, end - begin).CopyTo(to.Slice((y * width) + begin, end - begin));
            }
        }
    }
}
