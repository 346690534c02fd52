using System.Collections.Frozen;
using System.Globalization;

namespace TransferLearning;

/// <summary>
/// Unicode's canonical decompositions, from a table of the library: <see cref="string.Normalize()"/> does nothing where a program runs with
/// invariant globalization, and tokens must not depend on that.
/// </summary>
internal static class UnicodeDecomposition
{
    private const int HangulFirst = 0xAC00, HangulCount = 11172, LeadFirst = 0x1100, VowelFirst = 0x1161, TailFirst = 0x11A7;
    private const int VowelCount = 21, TailCount = 28;
    private static readonly Lazy<FrozenDictionary<int, int[]>> Table = new(Read);

    /// <summary>The full decomposition of a character; empty when it has none.</summary>
    public static ReadOnlySpan<int> Of(int code)
    {
        if ((uint)(code - HangulFirst) < HangulCount)
        {
            int index = code - HangulFirst, tail = index % TailCount;
            int lead = LeadFirst + (index / (VowelCount * TailCount)), vowel = VowelFirst + (index % (VowelCount * TailCount) / TailCount);
            return tail == 0 ? new int[] { lead, vowel } : new int[] { lead, vowel, TailFirst + tail };
        }

        return Table.Value.TryGetValue(code, out int[]? parts) ? parts : [];
    }

    private static FrozenDictionary<int, int[]> Read()
    {
        Dictionary<int, int[]> table = [];
        using StreamReader reader = new(typeof(UnicodeDecomposition).Assembly.GetManifestResourceStream("Text/decompositions.csv")!);
        while (reader.ReadLine() is string line)
        {
            if (!line.StartsWith('#'))
            {
                string[] cells = line.Split(',');
                table[Number(cells[0])] = [.. cells[1].Split(' ').Select(Number)];
            }
        }

        return table.ToFrozenDictionary();
    }

    private static int Number(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
