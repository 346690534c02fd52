using System.Runtime.Intrinsics.X86;

namespace TransferLearning;

/// <summary>Decodes the usual kind of JPEG file (see <see cref="JpegFrame"/>) with vector instructions, to the pixels that libjpeg gives.
/// Everything else, damaged files included, it leaves to the general codec.</summary>
internal static unsafe class BaselineJpeg
{
    /// <summary>Whether this processor has the instructions.</summary>
    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>The image, which the caller disposes; null if the file is another kind, damaged or too short.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="place">Gives the image to fill for a width and a height; null where it is not wanted in that size.</param>
    public static ImagePixels? Decode(ReadOnlySpan<byte> file, Func<int, int, ImagePixels?> place)
    {
        if (!IsSupported || JpegFrame.Read(file) is not { } frame || place(frame.Width, frame.Height) is not { } image)
        {
            return null;
        }

        bool isFilled = false;
        try
        {
            isFilled = TryFill(image, frame, file);
            return isFilled ? image : null;
        }
        finally
        {
            if (!isFilled)
            {
                image.Dispose();
            }
        }
    }

    private static bool TryFill(ImagePixels image, JpegFrame frame, ReadOnlySpan<byte> file)
    {
        JpegComponent luma = frame.Components[0];
        int across = ((frame.Width - 1) / (8 * luma.Across)) + 1;
        int down = ((frame.Height - 1) / (8 * luma.Down)) + 1;
        int[] strides = [.. frame.Components.Select(component => across * component.Across * 8)];
        long[] starts = new long[strides.Length + 1];
        for (int i = 0; i < strides.Length; i++)
        {
            starts[i + 1] = starts[i] + ((long)strides[i] * down * frame.Components[i].Down * 8);
        }

        if (starts[^1] > Array.MaxLength - JpegColor.Padding)
        {
            return false;
        }

        byte[] samples = ArrayPool<byte>.Shared.Rent((int)starts[^1] + JpegColor.Padding);
        try
        {
            fixed (byte* first = samples)
            {
                byte*[] planes = new byte*[strides.Length];
                for (int i = 0; i < planes.Length; i++)
                {
                    planes[i] = first + starts[i];
                }

                JpegScan scan = new(frame, planes, strides);
                if (!scan.Read(file[frame.ScanStart..], across, down))
                {
                    return false;
                }

                using JpegRows rows = new(frame);
                rows.Run(planes, strides, image);
                return true;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(samples);
        }
    }
}
