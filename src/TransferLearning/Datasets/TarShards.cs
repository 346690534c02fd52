namespace TransferLearning;

/// <summary>Images in tar archives, in the form of WebDataset: files that follow each other and share a name up to the first dot are one
/// sample, <c>0001.jpg</c> its image and <c>0001.cls</c>, <c>0001.json</c> or <c>0001.txt</c> its label.</summary>
/// <remarks>
/// <para>A label file holds the number or name of the class; a JSON file is a number, a text, or an object with a field <c>label</c>,
/// <c>cls</c> or <c>class</c>. Other files of a sample are skipped. The classes are the different labels: by value if all are whole
/// numbers, else in ordinal order.</para>
/// <para>When the set is opened, the archives are gone through once and their images are skipped; then 24 bytes and the name are kept of
/// each sample, and any image can be read at once, so that shuffling and splitting work as for folders. Archives must not be compressed. A
/// sample is called by its archive and its name there.</para>
/// </remarks>
public sealed class TarShards : Dataset
{
    private readonly TarShard[] _shards;
    private readonly int[] _starts; // the number of the first sample of each shard, and the number of all
    private readonly int[] _labels;
    private readonly string[] _classNames;

    private TarShards(TarShard[] shards, int[] labels, string[] classNames)
    {
        _shards = shards;
        _labels = labels;
        _classNames = classNames;
        _starts = new int[shards.Length + 1];
        for (int i = 0; i < shards.Length; i++)
        {
            _starts[i + 1] = _starts[i] + shards[i].Count;
        }
    }

    /// <inheritdoc/>
    public override int Count => _labels.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

    /// <summary>Lists the samples of the archives that a pattern names.</summary>
    /// <param name="pattern">A path whose last part may hold * and ?, and a range of numbers: <c>train-*.tar</c>,
    /// <c>train-{000..099}.tar</c>. Archives are taken in ordinal order, those of a range in its order.</param>
    /// <param name="classNames">The classes in the order of their numbers, so that another part of a data set gets the same ones; a label
    /// is then the name of a class or its number. Default: null, the labels that occur.</param>
    /// <param name="codec">What says which endings are images: the codec that the model decodes with. Default: null,
    /// <see cref="ImageCodec.Default"/>.</param>
    /// <returns>The set.</returns>
    /// <exception cref="DatasetException">There is no such archive, one is compressed, damaged, cut off or without a sample, a sample lacks
    /// its label or image, or a name occurs twice in an archive.</exception>
    public static TarShards Open(string pattern, IReadOnlyList<string>? classNames = null, IImageCodec? codec = null)
        => Open(TarShardPattern.Paths(pattern), classNames, codec);

    /// <summary>Lists the samples of archives.</summary>
    /// <param name="paths">The archives, in the order that their samples get.</param>
    /// <param name="classNames">As in the other overload.</param>
    /// <param name="codec">As in the other overload.</param>
    /// <returns>The set.</returns>
    /// <exception cref="DatasetException">As in the other overload.</exception>
    public static TarShards Open(IEnumerable<string> paths, IReadOnlyList<string>? classNames = null, IImageCodec? codec = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ClassFileKind kind = ClassFileKind.Images(codec);
        LabelNumbers numbers = new(classNames);
        List<int> labels = [];
        List<TarShard> shards = [];
        foreach (string path in paths)
        {
            string full = Path.GetFullPath(path);
            shards.Add(TarShard.Open(full, kind, label =>
            {
                try
                {
                    labels.Add(NumberOf(label, classNames, numbers));
                }
                catch (FormatException exception)
                {
                    throw new DatasetException($"'{full}', sample {labels.Count + 1}: {exception.Message}.", exception);
                }
            }));
        }

        if (labels.Count == 0)
        {
            throw new DatasetException("No archive was given.");
        }

        (string[] names, int[] final) = numbers.InOrder();
        return new TarShards([.. shards], [.. labels.Select(label => final[label])], names);
    }

    /// <inheritdoc/>
    public override int LabelOf(int index)
    {
        CheckIndex(index);
        return _labels[index];
    }

    /// <inheritdoc/>
    public override string NameOf(int index)
    {
        (TarShard shard, int inner) = Find(index);
        return shard.NameOf(inner);
    }

    /// <inheritdoc/>
    /// <exception cref="DatasetException">The archive cannot be read any more.</exception>
    public override Sample Read(int index)
    {
        (TarShard shard, int inner) = Find(index);
        return new Sample(shard.NameOf(inner), _labels[index], new EncodedImage(shard.Read(inner)));
    }

    /// <inheritdoc/>
    public override string ToString() => LabelNumbers.Described(
        _shards.Length == 1 ? $"'{_shards[0].Path}'" : $"'{_shards[0].Path}' and {_shards.Length - 1} more", _classNames, _labels);

    /// <inheritdoc/>
    protected internal override long ContentMark(int index)
    {
        (TarShard shard, int inner) = Find(index);
        return shard.MarkOf(inner);
    }

    private static int NumberOf(string label, IReadOnlyList<string>? classNames, LabelNumbers numbers)
        => classNames is not null && !classNames.Contains(label)
            && int.TryParse(label, out int number) && (uint)number < (uint)classNames.Count
            ? number
            : numbers.Seen(label);

    private (TarShard Shard, int Index) Find(int index)
    {
        CheckIndex(index);
        int found = Array.BinarySearch(_starts, index); // no shard is empty, so that every start occurs once
        int shard = found >= 0 ? found : ~found - 1;
        return (_shards[shard], index - _starts[shard]);
    }
}
