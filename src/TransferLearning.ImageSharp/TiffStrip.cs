using System.IO.Compression;

namespace TransferLearning;

/// <summary>Whether a strip of a TIFF file holds all its pixels: ImageSharp leaves what is missing black, or as it was in memory.</summary>
internal static class TiffStrip
{
    /// <param name="strip">The strip.</param>
    /// <param name="compression">How it is stored.</param>
    /// <param name="length">How many bytes it becomes.</param>
    /// <param name="width">The width of the image.</param>
    /// <param name="rows">How many rows it has.</param>
    public static bool IsWhole(ReadOnlySpan<byte> strip, TiffCompression compression, long length, int width, int rows)
        => !strip.IsEmpty && compression switch
        {
            TiffCompression.None => strip.Length >= length,
            TiffCompression.PackBits => IsWholePackBits(strip, length),
            TiffCompression.Lzw => IsWholeLzw(strip, length),
            TiffCompression.Jpeg => IsWholeJpeg(strip, width, rows),
            _ => IsWholeDeflate(strip, length),
        };

    private static bool IsWholePackBits(ReadOnlySpan<byte> strip, long length)
    {
        long made = 0;
        for (int at = 0; at < strip.Length && made < length;)
        {
            sbyte head = (sbyte)strip[at++];
            int literal = head >= 0 ? head + 1 : head == sbyte.MinValue ? 0 : 1;
            if (literal > strip.Length - at)
            {
                return false;
            }

            made += head >= 0 ? literal : head == sbyte.MinValue ? 0 : 1 - head;
            at += literal;
        }

        return made == length; // a run that crosses the end belongs to no strip
    }

    private static unsafe bool IsWholeDeflate(ReadOnlySpan<byte> strip, long length)
    {
        Span<byte> buffer = stackalloc byte[4096];
        long made = 0;
        fixed (byte* start = strip)
        {
            using UnmanagedMemoryStream packed = new(start, strip.Length);
            using ZLibStream unpacked = new(packed, CompressionMode.Decompress);
            try
            {
                while (made < length && unpacked.Read(buffer) is > 0 and int read)
                {
                    made += read;
                }
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }

        return made >= length;
    }

    /// <summary>Goes through the codes and counts what each stands for (TIFF 6.0, section 13).</summary>
    private static bool IsWholeLzw(ReadOnlySpan<byte> strip, long length)
    {
        const int Clear = 256, End = 257, First = 258, Most = 4096;
        Span<int> lengths = stackalloc int[Most];
        (int next, int bits, int previous) = (First, 9, -1);
        (uint waiting, int count, long made) = (0, 0, 0);
        lengths[..Clear].Fill(1);
        for (int at = 0; made < length;)
        {
            while (count < bits)
            {
                if (at == strip.Length)
                {
                    return false;
                }

                waiting = (waiting << 8) | strip[at++];
                count += 8;
            }

            count -= bits;
            int code = (int)(waiting >> count) & ((1 << bits) - 1);
            if (code == Clear)
            {
                (next, bits, previous) = (First, 9, -1);
                continue;
            }

            if (code == End || code > next || (code == next && previous < 0) || (previous < 0 && code >= Clear))
            {
                return false;
            }

            if (previous >= 0)
            {
                if (next == Most)
                {
                    return false;
                }

                lengths[next++] = lengths[previous] + 1;
                bits += next is 511 or 1023 or 2047 ? 1 : 0; // one code early
            }

            made += lengths[code];
            previous = code;
        }

        return true;
    }

    /// <summary>Whether a JPEG stream has the strip's size and its end; its tables may stand in the directory.</summary>
    private static bool IsWholeJpeg(ReadOnlySpan<byte> strip, int width, int rows)
    {
        if (!strip.StartsWith<byte>([0xFF, 0xD8]) || strip.LastIndexOf<byte>([0xFF, 0xD9]) is < 0 and int)
        {
            return false;
        }

        bool isSized = false;
        for (int at = 2; at + 4 <= strip.Length && strip[at] == 0xFF;)
        {
            int marker = strip[at + 1], segment = BinaryPrimitives.ReadUInt16BigEndian(strip[(at + 2)..]);
            if (marker is 0xC0 or 0xC1 && at + 9 <= strip.Length)
            {
                isSized = BinaryPrimitives.ReadUInt16BigEndian(strip[(at + 5)..]) == rows
                    && BinaryPrimitives.ReadUInt16BigEndian(strip[(at + 7)..]) == width;
            }

            if (marker == 0xE1)
            {
                return false; // an orientation of its own would turn the strip
            }

            if (marker == 0xDA || segment < 2)
            {
                return isSized;
            }

            at += 2 + segment;
        }

        return false;
    }
}
