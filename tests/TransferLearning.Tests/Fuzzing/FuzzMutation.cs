using System.Buffers.Binary;
using System.Text;

namespace TransferLearning.Tests;

/// <summary>Damages valid files as disks, networks and enemies do.</summary>
internal static class FuzzMutation
{
    private const int LargestInput = 1 << 20;

    private static readonly long[] Numbers =
        [
            0,
            1,
            -1,
            2,
            4,
            8,
            127,
            128,
            255,
            256,
            511,
            512,
            short.MaxValue,
            ushort.MaxValue,
            1 << 20,
            int.MaxValue,
            int.MinValue,
            uint.MaxValue,
            long.MaxValue,
            long.MinValue,
        ];

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "-1", "0", "99999999999999999999", "1e999", "NaN", "null", "true", "\"", "\\", "{", "}", "[", "]", "[[[[[[[[", ",", ":", "\t",
            "\n", "\r\n", "\0",
            "../", "/", "\\ud800", "\\u0000", "<", ">", "<!DOCTYPE a>", "&amp;", "{{", "}}", "{|", "[[", "]]", "\uFEFF", "'", "''", "\"\"",
            " ", "\U0001F600",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80],
    ];

    /// <summary>One damaged file.</summary>
    public static byte[] Of(IReadOnlyList<byte[]> seeds, Random random)
    {
        byte[] bytes = [.. seeds[random.Next(seeds.Count)]];
        for (int i = random.Next(1, 5); i > 0 && bytes.Length > 0; i--)
        {
            bytes = Once(bytes, seeds, random);
        }

        return bytes.Length <= LargestInput ? bytes : bytes[..LargestInput];
    }

    private static byte[] Once(byte[] bytes, IReadOnlyList<byte[]> seeds, Random random)
    {
        int at = random.Next(bytes.Length);
        switch (random.Next(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                return Number(bytes, at, random);
            case 3:
                return random.Next(4) == 0 ? bytes[..at] : bytes;
            case 4:
                byte[] other = seeds[random.Next(seeds.Count)];
                return [.. bytes.AsSpan(0, at), .. other.AsSpan(random.Next(other.Length + 1))];
            case 5:
                int end = random.Next(at, Math.Min(bytes.Length, at + 64) + 1);
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(end)];
            case 6:
                int length = random.Next(1, Math.Min(64, bytes.Length - at) + 1);
                int to = random.Next(bytes.Length);
                return [.. bytes.AsSpan(0, to), .. bytes.AsSpan(at, length), .. bytes.AsSpan(to)];
            case 7:
                bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)).Fill(random.Next(2) == 0 ? byte.MaxValue : byte.MinValue);
                return bytes;
            default:
                return [.. bytes.AsSpan(0, at), .. Words[random.Next(Words.Length)], .. bytes.AsSpan(at)];
        }
    }

    /// <summary>Writes a number where a length may stand: one that is hostile, or one that is nearly right.</summary>
    private static byte[] Number(byte[] bytes, int at, Random random)
    {
        long value = random.Next(3) == 0 ? bytes.Length - at + random.Next(-2, 3) : Numbers[random.Next(Numbers.Length)];
        Span<byte> field = stackalloc byte[8];
        int width = 1 << random.Next(4);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(field, value);
            field = field[..width];
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(field, value);
            field = field[^width..];
        }

        field[..Math.Min(width, bytes.Length - at)].CopyTo(bytes.AsSpan(at));
        return bytes;
    }
}
