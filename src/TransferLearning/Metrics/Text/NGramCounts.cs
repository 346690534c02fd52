namespace TransferLearning;

/// <summary>How often each run of n units occurs in a list of units.</summary>
internal sealed class NGramCounts
{
    private readonly Dictionary<Run, int> _counts;

    private NGramCounts(Dictionary<Run, int> counts) => _counts = counts;

    /// <summary>Counts runs.</summary>
    /// <param name="units">The units, as numbers.</param>
    /// <param name="order">The length of a run.</param>
    public static NGramCounts Of(int[] units, int order)
    {
        Dictionary<Run, int> counts = new();
        for (int i = 0; i + order <= units.Length; i++)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, new Run(units, i, order), out _)++;
        }

        return new NGramCounts(counts);
    }

    /// <summary>How many runs are also in the other list, each at most as often as there.</summary>
    public long Common(NGramCounts other) => _counts.Sum(pair => (long)Math.Min(pair.Value, other._counts.GetValueOrDefault(pair.Key)));

    /// <summary>For each run the larger of both counts.</summary>
    public NGramCounts Largest(NGramCounts other)
    {
        Dictionary<Run, int> counts = new(_counts);
        foreach ((Run run, int count) in other._counts)
        {
            ref int most = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, run, out _);
            most = Math.Max(most, count);
        }

        return new NGramCounts(counts);
    }

    /// <summary>How many runs of a length a list has.</summary>
    public static long Total(int units, int order) => Math.Max(units - order + 1, 0);

    private readonly struct Run(int[] units, int start, int length) : IEquatable<Run>
    {
        private ReadOnlySpan<int> Units => units.AsSpan(start, length);

        public bool Equals(Run other) => Units.SequenceEqual(other.Units);

        public override bool Equals(object? obj) => obj is Run other && Equals(other);

        public override int GetHashCode()
        {
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes(Units));
            return hash.ToHashCode();
        }
    }
}
