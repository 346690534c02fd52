namespace TransferLearning;

/// <summary>A Huffman code of a JPEG file, with a table that decodes most codes together with the number that follows them.</summary>
internal sealed class HuffmanTable
{
    /// <summary>How many bits the table looks at.</summary>
    public const int LookupBits = 11;

    /// <summary>Marks an entry of the table whose number has too many bits to be in the table.</summary>
    public const int NumberFollows = 0x80;

    private const int LongestCode = 16;
    private const byte EndOfBlock = 0;
    private static readonly Lock Gate = new();
    private static readonly List<(byte[] Definition, bool IsDc, HuffmanTable Table)> Known = [];

    private HuffmanTable() { }

    /// <summary>For each beginning: number &lt;&lt; 16 | run &lt;&lt; 8 | bits of code and number; or, marked, size of the number &lt;&lt;
    /// 16 | run &lt;&lt; 8 | mark | bits of the code; or 0 for a longer code.</summary>
    public int[] Lookup { get; } = new int[1 << LookupBits];

    /// <summary>For each length the first code, moved to 16 bits, that is longer.</summary>
    public int[] Limits { get; } = new int[LongestCode + 2];

    /// <summary>For each length the place of a code's symbol, less the code.</summary>
    public int[] Offsets { get; } = new int[LongestCode + 1];

    /// <summary>The symbols in the order of their codes, padded to 256.</summary>
    public byte[] Symbols { get; } = new byte[256];

    /// <summary>Reads a table: 16 counts, then the symbols. Null if it is no code.</summary>
    public static HuffmanTable? Read(ReadOnlySpan<byte> body, bool isDc, out int length)
    {
        length = 0;
        if (body.Length < LongestCode)
        {
            return null;
        }

        int symbols = 0;
        foreach (byte count in body[..LongestCode])
        {
            symbols += count;
        }

        length = LongestCode + symbols;
        if (symbols > 256 || body.Length < length)
        {
            return null;
        }

        // Most files have the same four tables, those that the standard gives as examples.
        ReadOnlySpan<byte> definition = body[..length];
        lock (Gate)
        {
            foreach ((byte[] known, bool dc, HuffmanTable made) in Known)
            {
                if (dc == isDc && definition.SequenceEqual(known))
                {
                    return made;
                }
            }
        }

        HuffmanTable table = new();
        if (!table.Fill(definition, isDc))
        {
            return null;
        }

        lock (Gate)
        {
            if (Known.Count == 16)
            {
                Known.RemoveAt(0);
            }

            Known.Add((definition.ToArray(), isDc, table));
        }

        return table;
    }

    private bool Fill(ReadOnlySpan<byte> definition, bool isDc)
    {
        definition[LongestCode..].CopyTo(Symbols);
        int code = 0;
        int place = 0;
        for (int length = 1; length <= LongestCode; length++, code <<= 1)
        {
            Offsets[length] = place - code;
            for (int i = 0; i < definition[length - 1]; i++, code++, place++)
            {
                if (code >= 1 << length || (isDc && Symbols[place] > 15))
                {
                    return false;
                }

                Enter(code, length, Symbols[place], isDc);
            }

            Limits[length] = code << (LongestCode - length);
        }

        Limits[LongestCode + 1] = int.MaxValue;
        return true;
    }

    private void Enter(int code, int length, byte symbol, bool isDc)
    {
        if (length > LookupBits)
        {
            return;
        }

        int size = symbol & 15;
        int run = !isDc && symbol == EndOfBlock ? JpegBlock.EndOfBlock : symbol >> 4;
        int free = LookupBits - length;
        for (int rest = 0; rest < 1 << free; rest++)
        {
            Lookup[(code << free) | rest] = size > free
                ? (size << 16) | (run << 8) | NumberFollows | length
                : (Number(rest >> (free - size), size) << 16) | (run << 8) | (length + size);
        }
    }

    /// <summary>The number that some bits stand for (T.81, figure F.12).</summary>
    public static int Number(int bits, int size) => size == 0 ? 0 : bits >= 1 << (size - 1) ? bits : bits - (1 << size) + 1;
}
