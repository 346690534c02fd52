using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Keras;

/// <summary>The layers and arrays of one file. Arrays are read when they are asked for, until the source is disposed.</summary>
internal abstract class KerasSource : IDisposable
{
    private readonly List<KerasLayer> _layers = [];
    private readonly Dictionary<string, KerasLayer> _byName = [];
    private long _budget;

    protected KerasSource(string path, long budget) => (Path, _budget) = (path, budget);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The layers with weights, in the order of the model where the file says it.</summary>
    public IReadOnlyList<KerasLayer> Layers => _layers;

    /// <summary>How the layers stand together; null when the file holds weights alone.</summary>
    public KerasConfig? Config { get; protected set; }

    /// <summary>Opens an HDF5 file, or the <c>model.json</c> of a TensorFlow.js model; the content decides which.</summary>
    /// <exception cref="CheckpointException">It is neither, or damaged.</exception>
    public static KerasSource Open(string path)
    {
        using CheckpointFile file = CheckpointFile.Open(path);
        Span<byte> start = stackalloc byte[(int)Math.Min(file.Length, 8)];
        file.Read(0, start);
        if (HdfSource.Begins(start))
        {
            HdfStructure.Check(file);
            return HdfSource.Read(file.Path);
        }

        return start.Length > 0 && start.TrimStart(" \t\r\n\uFEFF"u8)[..1].SequenceEqual("{"u8)
            ? TensorFlowJsSource.Read(file.Path)
            : throw file.Error(
                CheckpointErrorKind.NotACheckpoint,
                null,
                "It is neither an HDF5 file nor the model.json of a TensorFlow.js layers model.",
                "Give the .h5 file of Keras Applications, or what model.save('name.h5') wrote; Keras 3's .keras files must be saved as "
                    + ".h5 first.");
    }

    public KerasLayer? Find(string name) => _byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public abstract void Dispose();

    internal CheckpointException Error(CheckpointErrorKind kind, string? place, string problem, string remedy, Exception? inner = null)
        => new(kind, Path, place, problem, remedy, inner);

    protected void Add(string layer, KerasWeight weight)
    {
        if (!_byName.TryGetValue(layer, out KerasLayer? found))
        {
            found = new KerasLayer(layer);
            _byName.Add(layer, found);
            _layers.Add(found);
        }

        if (!found.TryAdd(weight))
        {
            throw Error(
                CheckpointErrorKind.DuplicateEntry,
                weight.Place,
                $"The layer '{layer}' has two arrays of one kind ({weight.Role}).",
                "Save one model in one file.");
        }
    }

    /// <summary>Sorts the layers as the model runs them; those that the configuration does not name stay last.</summary>
    protected void SortByConfig()
    {
        if (Config is not { } config)
        {
            return;
        }

        Dictionary<string, int> order = [];
        foreach (KerasConfigLayer layer in config.Layers)
        {
            order.TryAdd(layer.Name, order.Count);
        }

        KerasLayer[] sorted = [.. _layers.OrderBy(layer => order.GetValueOrDefault(layer.Name, int.MaxValue))];
        _layers.Clear();
        _layers.AddRange(sorted);
    }

    /// <summary>Counts elements in 64 bits.</summary>
    protected long Count(IReadOnlyList<long> shape, string place)
    {
        Int128 count = 1;
        foreach (long size in shape)
        {
            count *= size;
            if (size < 0 || count > int.MaxValue)
            {
                throw Error(
                    CheckpointErrorKind.BadGeometry,
                    place,
                    $"The shape [{string.Join(", ", shape)}] is no array of a network.",
                    "Get the file from its publisher again.");
            }
        }

        return (long)count;
    }

    /// <summary>A tensor for an array of which so many bytes are stored. All arrays together may not take more than the file has: one
    /// stored range that is named many times would otherwise fill the memory.</summary>
    protected Tensor Reserve(IReadOnlyList<long> shape, long storedBytes, string place)
    {
        _budget -= storedBytes;
        if (_budget < 0)
        {
            throw Error(
                CheckpointErrorKind.TooLarge,
                place,
                $"With this array of shape [{string.Join(", ", shape)}] more numbers are asked for than the file has bytes.",
                "Get the file from its publisher again.");
        }

        return empty([.. shape], ScalarType.Float32);
    }
}
