namespace TransferLearning;

/// <summary>Takes configurations from axes, always the same for a seed: the name of a value for each axis.</summary>
internal sealed class SweepConfigurations(SweepOptions options)
{
    private const long MostListed = 100_000;

    private readonly IReadOnlyList<SweepAxis> _axes = options.Axes;
    private long _next;

    /// <summary>How many configurations there are; null where an axis is a range.</summary>
    public static long? CountOf(IReadOnlyList<SweepAxis> axes)
        => axes.All(axis => axis.Values is not null)
            ? axes.Aggregate(1L, (product, axis) => product > int.MaxValue ? product : product * axis.Values!.Count)
            : null;

    /// <summary>The configurations of a bracket; fewer where there are no more.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Of(int bracket, int count)
    {
        long? all = CountOf(_axes);
        if (options.Sampling == SweepSampling.Grid)
        {
            // Brackets continue where the one before ended, and begin anew after the last.
            long first = _next;
            count = (int)Math.Min(count, all!.Value);
            _next += count;
            return [.. Enumerable.Range(0, count).Select(i => At((first + i) % all.Value))];
        }

        if (all <= MostListed)
        {
            long[] order = [.. Enumerable.Range(0, (int)all).Select(number => (long)number)];
            new SeededRandom(options.Seed, bracket).Shuffle<long>(order);
            return [.. order.Take(count).Select(At)];
        }

        return [.. Enumerable.Range(0, count).Select(i => Drawn(new SeededRandom(options.Seed, bracket, i + 1)))];
    }

    private string[] Drawn(SeededRandom random)
    {
        string[] values = new string[_axes.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = _axes[i].Values is { } names ? names[random.NextInt32(names.Count)] : _axes[i].At(random.NextDouble());
        }

        return values;
    }

    private string[] At(long number)
    {
        string[] values = new string[_axes.Count];
        for (int i = values.Length - 1; i >= 0; i--)
        {
            IReadOnlyList<string> names = _axes[i].Values!;
            (values[i], number) = (names[(int)(number % names.Count)], number / names.Count);
        }

        return values;
    }
}
