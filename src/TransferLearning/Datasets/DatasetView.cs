namespace TransferLearning;

/// <summary>Samples of one or several data sets, picked and ordered by a list of numbers. A view of a view refers to the data sets
/// themselves, so that views never form chains.</summary>
internal sealed class DatasetView : Dataset
{
    private readonly Dataset[] _sources;
    private readonly int[] _starts; // the number of the first sample of each source, and the number of all samples
    private readonly int[] _map;
    private readonly int[]?[] _classes; // the numbers that the classes of each source have here; null where they are the same

    private DatasetView(Dataset[] sources, int[] starts, int[] map, int[]?[] classes, IReadOnlyList<string> classNames)
        => (_sources, _starts, _map, _classes, ClassNames) = (sources, starts, map, classes, classNames);

    public override int Count => _map.Length;
    public override IReadOnlyList<string> ClassNames { get; }

    public static DatasetView Of(Dataset source, int[] indices)
    {
        DatasetView whole = Whole(source);
        return new DatasetView(
            whole._sources, whole._starts, Array.ConvertAll(indices, index => whole._map[index]), whole._classes, whole.ClassNames);
    }

    /// <summary>The samples of a set under other numbers of its classes.</summary>
    /// <param name="source">The set.</param>
    /// <param name="numbers">The new number of each of its classes.</param>
    /// <param name="classNames">The names of all classes.</param>
    public static DatasetView Renumbered(Dataset source, IReadOnlyList<int> numbers, IReadOnlyList<string> classNames)
    {
        DatasetView whole = Whole(source);
        int[]?[] classes = Array.ConvertAll(
            whole._classes, (int[]? own) => own is null ? [.. numbers] : Array.ConvertAll(own, number => numbers[number]));
        return new DatasetView(whole._sources, whole._starts, whole._map, classes, classNames);
    }

    public static DatasetView Joined(Dataset first, Dataset second)
    {
        DatasetView left = Whole(first), right = Whole(second.WithClasses(first.ClassNames));
        int shift = left._starts[^1];
        if ((long)shift + right._starts[^1] > Array.MaxLength || (long)left.Count + right.Count > Array.MaxLength)
        {
            throw new ArgumentException($"The joined data set would have more than {Array.MaxLength} samples.", nameof(second));
        }

        return new DatasetView(
            [.. left._sources, .. right._sources],
            [.. left._starts[..^1], .. right._starts.Select(start => start + shift)],
            [.. left._map, .. right._map.Select(index => index + shift)],
            [.. left._classes, .. right._classes],
            left.ClassNames);
    }

    public override int LabelOf(int index)
    {
        (Dataset source, int inner, int[]? classes) = Find(index);
        int label = source.LabelOf(inner);
        return classes?[label] ?? label;
    }

    public override Target TargetOf(int index)
    {
        (Dataset source, int inner, int[]? classes) = Find(index);
        Target target = source.TargetOf(inner);
        return classes is null ? target : target.Renumbered(classes);
    }

    public override string NameOf(int index)
    {
        (Dataset source, int inner, _) = Find(index);
        return source.NameOf(inner);
    }

    public override Sample Read(int index)
    {
        (Dataset source, int inner, int[]? classes) = Find(index);
        Sample sample = source.Read(inner);
        return classes is null ? sample : sample with { Target = sample.Target.Renumbered(classes) };
    }

    public override string ToString() => string.Join(" and ", _sources.Select(source => source.ToString()));

    protected internal override long ContentMark(int index)
    {
        (Dataset source, int inner, _) = Find(index);
        return source.ContentMark(inner);
    }

    private static DatasetView Whole(Dataset source)
        => source as DatasetView
            ?? new DatasetView([source], [0, source.Count], [.. Enumerable.Range(0, source.Count)], [null], source.ClassNames);

    private (Dataset Source, int Index, int[]? Classes) Find(int index)
    {
        CheckIndex(index);
        int number = _map[index];
        int source = 0;
        while (number >= _starts[source + 1])
        {
            source++;
        }

        return (_sources[source], number - _starts[source], _classes[source]);
    }
}
