namespace TransferLearning;

/// <summary>
/// Samples of one or several data sets, picked and ordered by a list of numbers. A view of a view refers to the data sets
/// themselves, so that views never form chains.
/// </summary>
internal sealed class DatasetView : Dataset
{
    private readonly Dataset[] _sources;
    private readonly int[] _starts; // the number of the first sample of each source, and the number of all samples
    private readonly int[] _map;

    private DatasetView(Dataset[] sources, int[] starts, int[] map)
    {
        _sources = sources;
        _starts = starts;
        _map = map;
    }

    public override int Count => _map.Length;

    public override IReadOnlyList<string> ClassNames => _sources[0].ClassNames;

    public static DatasetView Of(Dataset source, int[] indices)
    {
        DatasetView whole = Whole(source);
        return new DatasetView(whole._sources, whole._starts, Array.ConvertAll(indices, index => whole._map[index]));
    }

    public static DatasetView Joined(Dataset first, Dataset second)
    {
        if (!first.ClassNames.SequenceEqual(second.ClassNames))
        {
            throw new ArgumentException(
                $"Only data sets of the same classes can be joined; the first has {Shown(first)}, the second {Shown(second)}.",
                nameof(second));
        }

        DatasetView left = Whole(first), right = Whole(second);
        int shift = left._starts[^1];
        if ((long)shift + right._starts[^1] > Array.MaxLength || (long)left.Count + right.Count > Array.MaxLength)
        {
            throw new ArgumentException($"The joined data set would have more than {Array.MaxLength} samples.", nameof(second));
        }

        return new DatasetView(
            [.. left._sources, .. right._sources],
            [.. left._starts[..^1], .. right._starts.Select(start => start + shift)],
            [.. left._map, .. right._map.Select(index => index + shift)]);
    }

    public override int LabelOf(int index)
    {
        (Dataset source, int inner) = Find(index);
        return source.LabelOf(inner);
    }

    public override string NameOf(int index)
    {
        (Dataset source, int inner) = Find(index);
        return source.NameOf(inner);
    }

    public override Sample Read(int index)
    {
        (Dataset source, int inner) = Find(index);
        return source.Read(inner);
    }

    public override string ToString() => string.Join(" and ", _sources.Select(source => source.ToString()));

    protected internal override long ContentMark(int index)
    {
        (Dataset source, int inner) = Find(index);
        return source.ContentMark(inner);
    }

    private static DatasetView Whole(Dataset source)
        => source as DatasetView ?? new DatasetView([source], [0, source.Count], [.. Enumerable.Range(0, source.Count)]);

    private static string Shown(Dataset dataset)
        => $"{dataset.ClassNames.Count} ({string.Join(", ", dataset.ClassNames.Take(12))}{(dataset.ClassNames.Count > 12 ? ", ..." : "")})";

    private (Dataset Source, int Index) Find(int index)
    {
        CheckIndex(index);
        int number = _map[index];
        int source = 0;
        while (number >= _starts[source + 1])
        {
            source++;
        }

        return (_sources[source], number - _starts[source]);
    }
}
