namespace TransferLearning;

/// <summary>Reads the coded data of a JPEG file into the samples of each component.</summary>
internal sealed unsafe class JpegScan(JpegFrame frame, byte*[] planes, int[] strides)
{
    private const byte FirstRestart = 0xD0;
    private const byte EndOfImage = 0xD9;
    private readonly int[] _dc = new int[3];

    /// <summary>Reads all coded units; false for damaged data.</summary>
    /// <param name="data">What follows the headers, to the end of the file.</param>
    /// <param name="across">How many units stand side by side.</param>
    /// <param name="down">How many rows of units there are.</param>
    public bool Read(ReadOnlySpan<byte> data, int across, int down)
    {
        byte[] plain = ArrayPool<byte>.Shared.Rent(data.Length + JpegBits.Slack);
        try
        {
            int units = across * down;
            int interval = frame.RestartInterval > 0 ? frame.RestartInterval : units;
            for (int first = 0, number = 0; first < units; first += interval, number++)
            {
                if (number > 0)
                {
                    // The markers between intervals are numbered from 0 to 7, over and over.
                    if (data.Length < 2 || data[1] != FirstRestart + ((number - 1) & 7))
                    {
                        return false;
                    }

                    data = data[2..];
                }

                int length = TakePlain(ref data, plain);
                Array.Clear(plain, length, JpegBits.Slack);
                if (!ReadInterval(plain, length, first, Math.Min(first + interval, units), across))
                {
                    return false;
                }
            }

            return data.Length >= 2 && data[1] == EndOfImage;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    /// <summary>Copies the bytes up to the next marker, without the zeros that are stuffed behind each 255.</summary>
    private static int TakePlain(ref ReadOnlySpan<byte> data, Span<byte> to)
    {
        int length = 0;
        while (true)
        {
            int at = data.IndexOf((byte)0xFF);
            if (at < 0 || at + 1 >= data.Length)
            {
                data.CopyTo(to[length..]);
                length += data.Length;
                data = [];
                return length;
            }

            bool isStuffed = data[at + 1] == 0;
            int kept = isStuffed ? at + 1 : at;
            data[..kept].CopyTo(to[length..]);
            length += kept;
            data = data[(isStuffed ? at + 2 : at)..];
            if (!isStuffed)
            {
                return length;
            }
        }
    }

    private bool ReadInterval(byte[] plain, int length, int firstUnit, int endUnit, int across)
    {
        int* block = stackalloc int[72];
        new Span<int>(block, 72).Clear();
        Array.Clear(_dc);
        fixed (byte* bytes = plain)
        fixed (int* places = JpegBlock.Places)
        {
            JpegBits bits = new(bytes, bytes + length);
            int unit = firstUnit;
            while (unit < endUnit)
            {
                int row = unit / across;
                int column = unit % across;
                int end = Math.Min(endUnit, (row + 1) * across);
                for (; unit < end; unit++, column++)
                {
                    for (int i = 0; i < planes.Length; i++)
                    {
                        if (!ReadComponent(ref bits, i, row, column, block, places))
                        {
                            return false;
                        }
                    }

                    if (bits.Remaining < 0)
                    {
                        return false;
                    }
                }
            }

            // More than the bits that fill up the last byte: something is amiss, and the general codec says what.
            return bits.Remaining < 8;
        }
    }

    private bool ReadComponent(ref JpegBits bits, int index, int row, int column, int* block, int* places)
    {
        JpegComponent component = frame.Components[index];
        int stride = strides[index];
        fixed (int* quantization = component.Quantization, dc = component.Dc.Lookup, ac = component.Ac.Lookup)
        {
            for (int v = 0; v < component.Down; v++)
            {
                byte* to = planes[index] + ((((long)row * component.Down) + v) * 8 * stride) + (column * component.Across * 8);
                for (int h = 0; h < component.Across; h++, to += 8)
                {
                    int last = bits.ReadBlock(component, block, places, quantization, dc, ac, ref _dc[index]);
                    if (last > 0)
                    {
                        JpegTransform.Run(block, to, stride);
                        new Span<int>(block, 64).Clear();
                    }
                    else if (last == 0)
                    {
                        JpegTransform.RunFlat(block[0], to, stride);
                        block[0] = 0;
                    }
                    else
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }
}
