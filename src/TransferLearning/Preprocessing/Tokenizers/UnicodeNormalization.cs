using System.Collections.Frozen;

namespace TransferLearning;

/// <summary>Unicode's canonical decompositions and normalization form C, from tables of the library: <see cref="string.Normalize()"/> does
/// nothing where a program runs with invariant globalization, and tokens must not depend on that.</summary>
internal static class UnicodeNormalization
{
    private const int HangulFirst = 0xAC00, HangulCount = 11172, LeadFirst = 0x1100, VowelFirst = 0x1161, TailFirst = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;
    private const int FirstCombining = 0x300; // below it no character combines with another or is changed by form C
    private static readonly Lazy<Tables> All = new(() => new Tables());

    /// <summary>The full decomposition of a character; empty when it has none.</summary>
    public static ReadOnlySpan<int> Decomposition(int code)
    {
        if ((uint)(code - HangulFirst) < HangulCount)
        {
            int index = code - HangulFirst, tail = index % TailCount;
            int lead = LeadFirst + (index / (VowelCount * TailCount)), vowel = VowelFirst + (index % (VowelCount * TailCount) / TailCount);
            return tail == 0 ? new int[] { lead, vowel } : new int[] { lead, vowel, TailFirst + tail };
        }

        return All.Value.Decompositions.TryGetValue(code, out int[]? parts) ? parts : [];
    }

    /// <summary>A text in normalization form C.</summary>
    public static AlignedText Composed(AlignedText text)
    {
        if (!text.Chars.ContainsAnyInRange((char)FirstCombining, char.MaxValue))
        {
            return text;
        }

        List<Unit> units = Decomposed(text);
        Order(units);
        Compose(units);
        AlignedText result = new(text.Length);
        foreach (Unit unit in units)
        {
            result.Append(unit.Code, unit.Start, unit.End);
        }

        return result;
    }

    private static List<Unit> Decomposed(AlignedText text)
    {
        List<Unit> units = new(text.Length + 16);
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.Chars[at..], out Rune rune, out int length);
            (int start, int end) = (text.StartOf(at), text.EndOf(at + length - 1));
            ReadOnlySpan<int> parts = Decomposition(rune.Value);
            foreach (int part in parts.IsEmpty ? [rune.Value] : parts)
            {
                units.Add(new Unit(part, ClassOf(part), start, end));
            }

            at += length;
        }

        return units;
    }

    // Marks that follow each other are ordered by class; those of one class keep their order. What is exchanged comes from all of them.
    private static void Order(List<Unit> units)
    {
        for (int first = 0; first < units.Count; first++)
        {
            int end = first;
            while (end < units.Count && units[end].Class > 0)
            {
                end++;
            }

            if (end - first > 1)
            {
                Unit[] given = [.. units[first..end]], ordered = [.. given.OrderBy(unit => unit.Class)];
                bool isOrdered = given.SequenceEqual(ordered);
                (int start, int last) = (given.Min(unit => unit.Start), given.Max(unit => unit.End));
                for (int i = 0; i < ordered.Length && !isOrdered; i++)
                {
                    units[first + i] = ordered[i] with { Start = start, End = last };
                }
            }

            first = Math.Max(first, end - 1);
        }
    }

    private static void Compose(List<Unit> units)
    {
        int kept = 0, starter = -1, before = 0; // the class of the last unit kept
        for (int i = 0; i < units.Count; i++)
        {
            Unit unit = units[i];
            bool isBlocked = kept - 1 > starter && before >= unit.Class;
            if (starter >= 0 && !isBlocked && Pair(units[starter].Code, unit.Code) is int composed)
            {
                Unit first = units[starter];
                units[starter] = new Unit(composed, 0, Math.Min(first.Start, unit.Start), Math.Max(first.End, unit.End));
                continue;
            }

            starter = unit.Class == 0 ? kept : starter;
            before = unit.Class;
            units[kept++] = unit;
        }

        units.RemoveRange(kept, units.Count - kept);
    }

    private static int? Pair(int first, int second)
    {
        int lead = first - LeadFirst, vowel = second - VowelFirst;
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
        {
            return HangulFirst + (((lead * VowelCount) + vowel) * TailCount);
        }

        int syllable = first - HangulFirst, tail = second - TailFirst;
        return (uint)syllable < HangulCount && syllable % TailCount == 0 && tail is > 0 and < TailCount
            ? first + tail
            : All.Value.Pairs.TryGetValue((first, second), out int composed) ? composed : null;
    }

    private static int ClassOf(int code) => code < FirstCombining ? 0 : All.Value.Classes.GetValueOrDefault(code);

    private readonly record struct Unit(int Code, int Class, int Start, int End);

    private sealed class Tables
    {
        public Tables()
        {
            Dictionary<int, int[]> decompositions = [];
            Dictionary<string, int> composites = []; // by what they decompose to
            foreach (string[] cells in Rows("Text/decompositions.csv"))
            {
                int code = Number(cells[0]);
                decompositions[code] = [.. cells[1].Split(' ').Select(Number)];
                if (cells.Length == 2)
                {
                    composites[cells[1]] = code;
                }
            }

            Dictionary<(int, int), int> pairs = [];
            foreach ((string parts, int code) in composites)
            {
                int last = parts.LastIndexOf(' ');
                string before = parts[..last];
                pairs[(before.Contains(' ') ? composites[before] : Number(before), Number(parts[(last + 1)..]))] = code;
            }

            Dictionary<int, int> classes = [];
            foreach (string[] cells in Rows("Text/combining.csv"))
            {
                for (int code = Number(cells[0]); code <= Number(cells[1]); code++)
                {
                    classes[code] = Number(cells[2]);
                }
            }

            Decompositions = decompositions.ToFrozenDictionary();
            Pairs = pairs.ToFrozenDictionary();
            Classes = classes.ToFrozenDictionary();
        }

        public FrozenDictionary<int, int[]> Decompositions { get; }
        public FrozenDictionary<(int, int), int> Pairs { get; }
        public FrozenDictionary<int, int> Classes { get; }

        private static IEnumerable<string[]> Rows(string name)
        {
            using StreamReader reader = new(typeof(UnicodeNormalization).Assembly.GetManifestResourceStream(name)!);
            while (reader.ReadLine() is string line)
            {
                if (!line.StartsWith('#'))
                {
                    yield return line.Split(',');
                }
            }
        }

        private static int Number(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
