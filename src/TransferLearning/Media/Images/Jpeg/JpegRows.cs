namespace TransferLearning;

/// <summary>Makes pixels of the decoded samples: brings colour to full size, and mixes red, green and blue.</summary>
internal sealed unsafe class JpegRows : IDisposable
{
    private readonly JpegFrame _frame;
    private readonly byte[] _room; // one row of each colour difference, sums, and pixels
    private readonly int _rowRoom;

    public JpegRows(JpegFrame frame)
    {
        _frame = frame;
        _rowRoom = frame.Width + (3 * JpegUpsampling.Padding);
        _room = ArrayPool<byte>.Shared.Rent((4 + ImagePixels.BytesPerPixel) * _rowRoom);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_room);

    /// <summary>Makes all rows.</summary>
    /// <param name="planes">The samples of the components.</param>
    /// <param name="strides">The length of a row of each.</param>
    /// <param name="image">The pixels to fill.</param>
    public void Run(byte*[] planes, int[] strides, ImagePixels image)
    {
        int width = _frame.Width;
        int reach = (width + JpegColor.Padding - 1) / JpegColor.Padding * JpegColor.Padding * ImagePixels.BytesPerPixel;
        fixed (byte* room = _room, pixels = image.Bytes)
        {
            byte* blueRow = room;
            byte* redRow = room + _rowRoom;
            ushort* sums = (ushort*)(room + (2 * _rowRoom)) + JpegUpsampling.Padding;
            byte* lastRow = room + (4 * _rowRoom);
            for (int y = 0; y < _frame.Height; y++)
            {
                byte* luma = planes[0] + ((long)y * strides[0]);

                // A vector at the end of a row reaches into the next ones, which are made later, but must not reach beyond the image: that
                // of the last row would, and in narrow images those of rows before it.
                bool isBeyond = ((long)y * image.Stride) + reach > (long)_frame.Height * image.Stride;
                byte* to = isBeyond ? lastRow : pixels + ((long)y * image.Stride);
                if (planes.Length == 1)
                {
                    JpegColor.Grey(luma, to, width);
                }
                else
                {
                    JpegColor.Ycc(
                        luma, Colour(planes[1], strides[1], y, sums, blueRow), Colour(planes[2], strides[2], y, sums, redRow), to, width);
                }

                if (isBeyond)
                {
                    Buffer.MemoryCopy(lastRow, pixels + ((long)y * image.Stride), image.Stride, image.Stride);
                }
            }
        }
    }

    private byte* Colour(byte* plane, int stride, int y, ushort* sums, byte* to)
    {
        JpegComponent luma = _frame.Components[0];
        int count = (_frame.Width + 1) / 2;
        if (luma.Across == 1)
        {
            return plane + ((long)y * stride);
        }

        if (luma.Down == 1)
        {
            JpegUpsampling.Across(plane + ((long)y * stride), sums, to, count);
            return to;
        }

        int near = y / 2;
        int far = Math.Clamp(y % 2 == 0 ? near - 1 : near + 1, 0, ((_frame.Height + 1) / 2) - 1);
        JpegUpsampling.AcrossAndDown(plane + ((long)near * stride), plane + ((long)far * stride), sums, to, count);
        return to;
    }
}
