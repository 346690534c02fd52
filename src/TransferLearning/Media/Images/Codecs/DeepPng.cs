using System.IO.Compression;
using System.IO.Hashing;

namespace TransferLearning;

/// <summary>Decodes PNG files of 16 bits a channel, which Skia gives in 8 bits, or in halves of 11, only (PNG specification, third edition,
/// W3C 2025). Grey is repeated in all channels, transparency is dropped.</summary>
internal static class DeepPng
{
    private const int HeaderLength = 33; // signature and IHDR
    private const int MostPerByte = 1032; // deflate makes at most so many bytes of one

    // Where the pixels of a pass begin and how far apart they are: all of them, or the seven passes of Adam7.
    private static readonly (int X, int Y, int StepX, int StepY)[] Whole = [(0, 0, 1, 1)];
    private static readonly (int X, int Y, int StepX, int StepY)[] Interlaced =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static bool Is(ReadOnlySpan<byte> file)
        => file.Length >= HeaderLength && file.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])
            && file[12..].StartsWith("IHDR"u8) && file[24] == 16;

    public static ImagePixels Decode(ReadOnlyMemory<byte> encoded, string name, ImageDecodeOptions options)
    {
        ReadOnlySpan<byte> header = encoded.Span;
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header[16..]), height = BinaryPrimitives.ReadUInt32BigEndian(header[20..]);
        if (width > int.MaxValue || height > int.MaxValue)
        {
            throw Damaged(name, $"it claims {width} x {height} pixels");
        }

        options.CheckSize(name, (int)width, (int)height, bitsPerChannel: 16);
        int channels = header[25] switch
        {
            0 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            _ => throw Damaged(name, $"its colour type {header[25]} does not go with 16 bits"),
        };
        if (header[26] != 0 || header[27] != 0 || header[28] > 1)
        {
            throw Damaged(name, "its header names a compression, filter or interlacing that there is not");
        }

        using MemoryStream packed = Packed(encoded.Span, name, options);
        (int X, int Y, int StepX, int StepY)[] passes = header[28] == 1 ? Interlaced : Whole;
        if ((long)width * height * channels * 2 > packed.Length * MostPerByte && !options.AcceptTruncated)
        {
            throw MediaException.Truncated(name);
        }

        ImagePixels image = new((int)width, (int)height, 16) { IsCutToBytes = true };
        try
        {
            image.Samples.Clear();
            using ZLibStream unpacked = new(packed, CompressionMode.Decompress);
            foreach ((int X, int Y, int StepX, int StepY) pass in passes)
            {
                if (!Read(unpacked, image, channels, pass, name))
                {
                    return options.AcceptTruncated ? image : throw MediaException.Truncated(name);
                }
            }

            return image;
        }
        catch (InvalidDataException exception)
        {
            image.Dispose();
            throw new MediaException(name, $"'{name}' is a damaged PNG image: {exception.Message} Copy the file again.", exception);
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>The packed pixels of all IDAT chunks, whose checksums are right.</summary>
    private static MemoryStream Packed(ReadOnlySpan<byte> file, string name, ImageDecodeOptions options)
    {
        MemoryStream packed = new();
        for (int at = 8; ;)
        {
            ReadOnlySpan<byte> rest = file[at..];
            uint length = rest.Length >= 12 ? BinaryPrimitives.ReadUInt32BigEndian(rest) : uint.MaxValue;
            bool isWhole = rest.Length >= 12 && length <= rest.Length - 12;
            if (!isWhole)
            {
                if (options.AcceptTruncated && rest.Length > 8 && rest[4..].StartsWith("IDAT"u8))
                {
                    packed.Write(rest[8..]);
                }

                packed.Position = 0;
                return options.AcceptTruncated ? packed : throw MediaException.Truncated(name);
            }

            ReadOnlySpan<byte> kind = rest.Slice(4, 4);
            bool isCritical = (kind[0] & 0x20) == 0;
            if (isCritical && Crc32.HashToUInt32(rest.Slice(4, (int)length + 4))
                != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]))
            {
                throw Damaged(name, $"the checksum of its chunk at byte {at} is wrong");
            }

            if (kind.SequenceEqual("IDAT"u8))
            {
                packed.Write(rest.Slice(8, (int)length));
            }
            else if (kind.SequenceEqual("IEND"u8))
            {
                packed.Position = 0;
                return packed;
            }

            at += 12 + (int)length;
        }
    }

    /// <summary>Reads one pass; false where the data ends early.</summary>
    private static bool Read(Stream data, ImagePixels image, int channels, (int X, int Y, int StepX, int StepY) pass, string name)
    {
        int count = (image.Width - pass.X + pass.StepX - 1) / pass.StepX;
        if (count <= 0)
        {
            return true;
        }

        int pixel = 2 * channels;
        byte[] row = new byte[1 + checked(count * pixel)], above = new byte[row.Length];
        for (int y = pass.Y; y < image.Height; y += pass.StepY)
        {
            if (data.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length)
            {
                return false;
            }

            Unfilter(row, above, pixel, name);
            Span<ushort> target = image.Samples.Slice(4 * y * image.Width, 4 * image.Width);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> from = row.AsSpan(1 + (i * pixel), pixel);
                Span<ushort> to = target.Slice(4 * (pass.X + (i * pass.StepX)), 4);
                to[0] = BinaryPrimitives.ReadUInt16BigEndian(from);
                to[1] = channels >= 3 ? BinaryPrimitives.ReadUInt16BigEndian(from[2..]) : to[0];
                to[2] = channels >= 3 ? BinaryPrimitives.ReadUInt16BigEndian(from[4..]) : to[0];
                to[3] = ushort.MaxValue;
            }

            (row, above) = (above, row);
        }

        return true;
    }

    private static void Unfilter(Span<byte> row, ReadOnlySpan<byte> above, int pixel, string name)
    {
        int filter = row[0];
        if (filter > 4)
        {
            throw Damaged(name, $"a row has the filter {filter}, expected 0 to 4");
        }

        for (int i = 1; i < row.Length && filter > 0; i++)
        {
            int left = i > pixel ? row[i - pixel] : 0, corner = i > pixel ? above[i - pixel] : 0;
            row[i] += (byte)(filter switch
            {
                1 => left,
                2 => above[i],
                3 => (left + above[i]) / 2,
                _ => Paeth(left, above[i], corner),
            });
        }
    }

    private static int Paeth(int left, int above, int corner)
    {
        int guess = left + above - corner;
        (int toLeft, int toAbove, int toCorner) = (Math.Abs(guess - left), Math.Abs(guess - above), Math.Abs(guess - corner));
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }

    private static MediaException Damaged(string name, string what)
        => new(name, $"'{name}' is a damaged PNG image: {what}. Copy the file again.");
}
