using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>Cuts a window out of a picture.</summary>
internal static class PixelWindow
{
    /// <summary>Takes ownership of the picture and returns a window of it; what lies outside of the picture is black.</summary>
    public static ImagePixels Cut(ImagePixels picture, int left, int top, int width, int height)
    {
        if (left == 0 && top == 0 && width == picture.Width && height == picture.Height)
        {
            return picture;
        }

        using (picture)
        {
            var result = new ImagePixels(width, height);
            var from = MemoryMarshal.Cast<byte, uint>(picture.Bytes);
            var to = MemoryMarshal.Cast<byte, uint>(result.Bytes);
            int begin = (int)Math.Clamp(-(long)left, 0, width);
            int end = (int)Math.Clamp((long)picture.Width - left, begin, width);
            if (begin > 0 || end < width || top < 0 || (long)top + height > picture.Height)
            {
                to.Clear();
            }

            for (int y = 0; y < height; y++)
            {
                long row = (long)y + top;
                if (row >= 0 && row < picture.Height && end > begin)
                {
                    from.Slice(((int)row * picture.Width) + left + begin, end - begin).CopyTo(to.Slice((y * width) + begin, end - begin));
                }
            }

            return result;
        }
    }
}
