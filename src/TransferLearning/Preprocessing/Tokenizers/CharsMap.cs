namespace TransferLearning;

/// <summary>SentencePiece's precompiled map of characters (google/sentencepiece, normalizer.cc): a double-array trie of UTF-8 strings, and
/// what each of them becomes. The longest string that begins at a place counts.</summary>
internal sealed class CharsMap
{
    // Unicode's longest compatibility decomposition has 33 bytes; a text must not grow without bound.
    private const int LongestTarget = 256;
    private readonly uint[] _units;
    private readonly byte[] _targets;
    private readonly bool[] _begins = new bool[256];

    /// <exception cref="InvalidDataException">The bytes are not such a map.</exception>
    public CharsMap(ReadOnlySpan<byte> blob)
    {
        uint size = blob.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(blob);
        if (size == 0 || size > blob.Length - 4 || size % 4 != 0)
        {
            throw new InvalidDataException($"its map of characters has {blob.Length} bytes, which do not hold the trie that they announce");
        }

        _units = new uint[size / 4];
        for (int i = 0; i < _units.Length; i++)
        {
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + (4 * i))..]);
        }

        _targets = [.. blob[(4 + (int)size)..]];
        foreach (Range target in _targets.AsSpan().Split((byte)0))
        {
            if (target.End.GetOffset(_targets.Length) - target.Start.GetOffset(_targets.Length) is int length and > LongestTarget)
            {
                throw new InvalidDataException($"its map makes {length} bytes of one character, where {LongestTarget} are the most");
            }
        }

        for (int value = 0; value < 256; value++)
        {
            uint node = Offset(_units[0]) ^ (uint)value;
            _begins[value] = node < _units.Length && Label(_units[node]) == value;
        }
    }

    /// <summary>What stands at the beginning of the text becomes; false when it stays as it is.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="length">How many bytes are replaced.</param>
    /// <param name="target">What replaces them.</param>
    /// <param name="shortest">Whether the shortest string of the map counts.</param>
    public bool TryMap(ReadOnlySpan<byte> text, out int length, out ReadOnlySpan<byte> target, bool shortest = false)
    {
        length = 0;
        target = default;
        if (text.IsEmpty || !_begins[text[0]])
        {
            return false;
        }

        uint node = Offset(_units[0]);
        uint value = 0;
        for (int i = 0; i < text.Length && !(shortest && length > 0); i++)
        {
            node ^= text[i];
            if (node >= _units.Length || Label(_units[node]) != text[i])
            {
                break;
            }

            uint unit = _units[node];
            node ^= Offset(unit);
            if (((unit >> 8) & 1) != 0 && node < _units.Length)
            {
                (length, value) = (i + 1, _units[node] & 0x7FFFFFFF);
            }
        }

        if (length == 0 || value >= _targets.Length)
        {
            return false;
        }

        target = _targets.AsSpan((int)value);
        int end = target.IndexOf((byte)0);
        target = end < 0 ? target : target[..end];
        return true;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);
    private static uint Label(uint unit) => unit & 0x800000FF;
}
