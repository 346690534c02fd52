namespace TransferLearning;

/// <summary>The features of a set of samples: one row of numbers each. Owns its tensors; the caller disposes it.</summary>
public sealed class FeatureSet : IDisposable
{
    private const string FeaturesName = "features";
    private const string LabelsName = "labels";
    private const string IndicesName = "indices";
    private const string ClassesKey = "classes";

    internal FeatureSet(Tensor features, Tensor labels, IReadOnlyList<string> classNames, IReadOnlyList<int> indices)
        => (Features, Labels, ClassNames, Indices) = (features, labels, classNames, indices);

    /// <summary>[N, width] float32 on the CPU, in the order of the data set.</summary>
    public Tensor Features { get; }

    /// <summary>[N] int64.</summary>
    public Tensor Labels { get; }

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Which sample of the data set each row is: 0, 1, 2, … unless damaged ones were skipped.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => (int)Features.size(0);

    /// <summary>How many numbers describe a sample.</summary>
    public int Width => (int)Features.size(1);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file. It is read as data; nothing in it can run.</param>
    /// <returns>The features; the caller disposes them.</returns>
    /// <exception cref="CheckpointException">The file is damaged or no safetensors file.</exception>
    /// <exception cref="InvalidDataException">It holds something else than features.</exception>
    public static FeatureSet Load(string path)
    {
        using StateDict state = StateDict.Open(path);
        string[]? names = state.Metadata.TryGetValue(ClassesKey, out string? text) ? Parse(text) : null;
        if (names is null || new[] { FeaturesName, LabelsName, IndicesName }.Any(name => !state.TryGet(name, out _)))
        {
            throw new InvalidDataException(
                $"'{path}' holds no features saved by FeatureSet.Save: expected the tensors '{FeaturesName}', '{LabelsName}', "
                    + $"'{IndicesName}' and the names of the classes.");
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor features = state.Read(FeaturesName);
        Tensor labels = state.Read(LabelsName);
        Tensor indices = state.Read(IndicesName);
        bool isSound = features.dtype == ScalarType.Float32 && features.dim() == 2
            && new[] { labels, indices }.All(
                column => column.dtype == ScalarType.Int64 && column.dim() == 1 && column.size(0) == features.size(0))
            && labels.data<long>().All(label => label >= 0 && label < names.Length)
            && indices.data<long>().All(index => index is >= 0 and <= int.MaxValue);
        return isSound
            ? new FeatureSet(
                features.DetachFromDisposeScope(),
                labels.DetachFromDisposeScope(),
                names,
                [.. indices.data<long>().Select(index => (int)index)])
            : throw new InvalidDataException(
                $"'{path}': shapes, types or labels of its features do not fit together; expected [N, width] float32 and twice [N] int64.");
    }

    /// <summary>Writes the features into one safetensors file, which other tools read too: the tensors <c>features</c>, <c>labels</c> and
    /// <c>indices</c>, and the class names as JSON in the metadata. It appears under its name only when it is complete.</summary>
    /// <exception cref="IOException">The file could not be written; an older one of that name is untouched.</exception>
    public void Save(string path)
    {
        using Tensor indices = tensor([.. Indices.Select(index => (long)index)]);
        using StateDict state = StateDict.FromTensors(
            [new(FeaturesName, Features), new(LabelsName, Labels), new(IndicesName, indices)],
            new Dictionary<string, string> { [ClassesKey] = JsonSerializer.Serialize(ClassNames) });
        state.Save(path, CheckpointFormat.SafeTensors);
    }

    /// <summary>Writes the features as a table for other programs: the columns <c>name</c> and <c>class</c>, and one for each feature,
    /// <c>0</c>, <c>1</c>, …. The file appears under its name only when it is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dataset">The data set that the features are of, which has the names of the samples.</param>
    /// <exception cref="ArgumentException">A row is of no sample of the data set.</exception>
    /// <exception cref="IOException">The file could not be written; an older one of that name is untouched.</exception>
    public void SaveCsv(string path, Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (Indices.Any(index => index >= dataset.Count))
        {
            throw new ArgumentException(
                $"The features are of {Indices.Max() + 1} samples or more, and {dataset} has {dataset.Count}: give the data set that they "
                    + "were extracted from.", nameof(dataset));
        }

        using Tensor labels = Labels.cpu();
        int[] classes = [.. labels.data<long>().Select(label => (int)label)];
        AtomicFile.Write(path, stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine($"name,class,{string.Join(',', Enumerable.Range(0, Width))}");
            for (int row = 0; row < Count; row++)
            {
                string numbers = string.Join(',', ToArray(row).Select(number => number.ToString("R", CultureInfo.InvariantCulture)));
                writer.WriteLine(
                    $"{DelimitedFormat.Field(dataset.NameOf(Indices[row]))},{DelimitedFormat.Field(ClassNames[classes[row]])},{numbers}");
            }
        });
    }

    /// <summary>The features of one sample, copied.</summary>
    public float[] ToArray(int index)
    {
        using Tensor row = Features[index].cpu();
        return row.data<float>().ToArray();
    }

    /// <summary>Frees both tensors.</summary>
    public void Dispose()
    {
        Features.Dispose();
        Labels.Dispose();
    }

    /// <summary>Gathers the rows that there are into tensors; maps are averaged over their places.</summary>
    internal static FeatureSet Of(FeatureRows rows, Dataset dataset)
    {
        const int Piece = 1024; // rows at a time, so that maps need not all be in memory
        int[] indices = [.. Enumerable.Range(0, rows.Count).Where(sample => rows.Has(sample))];
        Tensor all = empty([indices.Length, rows.Shape[0]]).DetachFromDisposeScope();
        for (int first = 0; first < indices.Length; first += Piece)
        {
            using DisposeScope scope = NewDisposeScope();
            int[] chosen = indices[first..Math.Min(first + Piece, indices.Length)];
            using Tensor part = rows.Gather(chosen);
            all.narrow(0, first, chosen.Length).copy_(part.dim() == 4 ? part.mean([2, 3]) : part);
        }

        Tensor labels = tensor(Array.ConvertAll(indices, sample => (long)dataset.LabelOf(sample))).DetachFromDisposeScope();
        return new FeatureSet(all, labels, dataset.ClassNames, indices);
    }

    private static string[]? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
