using System.Runtime.InteropServices;
using System.Text.Json;
using PureHDF;
using PureHDF.VOL.Native;
using static TorchSharp.torch;

namespace TransferLearning.Keras;

/// <summary>The layers of a Keras HDF5 file: weights alone, or a whole saved model.</summary>
/// <remarks>The file is data of unknown origin. Arrays must lie in one piece inside it: packed, virtual and outside storage is refused, and
/// so are links to other files.</remarks>
internal sealed class HdfSource : KerasSource
{
    private const string RemedySave = "Save the model again with model.save_weights('name.h5') or model.save('name.h5').";
    private const string RemedyDownload = "The copy is incomplete or damaged: download or copy it again.";
    private readonly NativeFile _file;
    private readonly CountingStream _stream;

    private HdfSource(string path, CountingStream stream) : base(path, stream.Length)
    {
        _stream = stream;
        _file = H5File.Open(stream, leaveOpen: true);
    }

    /// <summary>Whether a file that starts with these bytes is an HDF5 file.</summary>
    public static bool Begins(ReadOnlySpan<byte> start)
        => start.SequenceEqual((ReadOnlySpan<byte>)[0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A]);

    /// <summary>Opens a file; the caller disposes it.</summary>
    /// <exception cref="CheckpointException">It is damaged, or no file of Keras.</exception>
    public static HdfSource Read(string path)
    {
        CountingStream stream = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));
        HdfSource? source = null;
        try
        {
            source = Guard(path, null, () => new HdfSource(path, stream));
            source.ReadLayers();
            return source;
        }
        catch
        {
            source?.Dispose();
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _file.Dispose();
        _stream.Dispose();
    }

    /// <summary>
    /// The reader of HDF5 throws what it likes at damaged files; callers get one kind of exception that names the file and the place.
    /// </summary>
    private static T Guard<T>(string path, string? place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is not (CheckpointException or OutOfMemoryException))
        {
            throw new CheckpointException(
                CheckpointErrorKind.BadHeader, path, place, $"It cannot be read as HDF5 ({exception.Message.TrimEnd('.')}).",
                RemedyDownload, exception);
        }
    }

    private void ReadLayers()
    {
        IH5Group root = Guard<IH5Group>(
            Path,
            null,
            () => !_file.AttributeExists("layer_names") && _file.LinkExists("model_weights") ? _file.Group("model_weights") : _file);
        if (Texts(root, "layer_names", "the root") is not { } names)
        {
            throw Error(
                CheckpointErrorKind.NotACheckpoint,
                null,
                "It is an HDF5 file without the attribute layer_names, which Keras writes (Keras 3's .weights.h5 files have another form).",
                RemedySave);
        }

        if (Text(_file, "model_config") is { } config)
        {
            Config = Guard(Path, "attribute model_config", () =>
            {
                using JsonDocument json = JsonDocument.Parse(config);
                return KerasConfig.Of(json.RootElement.Clone());
            });
        }

        foreach (string layer in names)
        {
            string place = $"layer '{layer}'";
            IH5Group group = Guard(Path, place, () => root.Group(layer));
            string[] weights = Texts(group, "weight_names", place)
                ?? throw Error(CheckpointErrorKind.MissingEntry, place, "It has no attribute weight_names.", RemedyDownload);
            string[] parents = [.. weights.Select(Parent).Distinct()];
            foreach (string weight in weights)
            {
                // A model used as a layer keeps the arrays of all its layers in one group.
                string owner = parents.Length > 1 ? Parent(weight) : layer;
                if (KerasRoles.Of(weight) is { } role)
                {
                    string array = $"dataset '{layer}/{weight}'";
                    NativeDataset dataset = Guard(Path, array, () => (NativeDataset)group.Dataset(weight));
                    Add(owner, Describe(array, role, dataset));
                }
            }
        }

        SortByConfig();

        static string Parent(string weight)
        {
            int end = weight.LastIndexOf('/');
            return end < 0 ? "" : weight[(weight.LastIndexOf('/', Math.Max(end - 1, 0)) + 1)..end];
        }
    }

    private KerasWeight Describe(string place, KerasRole role, NativeDataset dataset)
    {
        (long[] shape, H5DataTypeClass kind, int width, H5DataLayoutClass layout) = Guard(Path, place, () => (
            Array.ConvertAll(
                dataset.Space.Dimensions, size => checked((long)size)), dataset.Type.Class, dataset.Type.Size, dataset.Layout.Class));
        long count = Count(shape, place);
        if (kind != H5DataTypeClass.FloatingPoint || width != sizeof(float))
        {
            throw Error(
                CheckpointErrorKind.BadDtype,
                place,
                $"32-bit floating point numbers are expected; it holds {kind} of {width} bytes.",
                RemedySave);
        }

        if (layout != H5DataLayoutClass.Contiguous)
        {
            throw Error(
                CheckpointErrorKind.BadGeometry,
                place,
                $"The numbers must stand in one piece in the file; their storage is {layout}.",
                RemedySave);
        }

        return new KerasWeight(place, role, shape, () => ReadArray(place, shape, count, dataset));
    }

    private Tensor ReadArray(string place, long[] shape, long count, NativeDataset dataset)
    {
        Tensor tensor = Reserve(shape, count * sizeof(float), place);
        try
        {
            long before = _stream.BytesRead;
            Guard(Path, place, () =>
            {
                dataset.Read(MemoryMarshal.Cast<byte, float>(tensor.bytes));
                return true;
            });
            if (_stream.BytesRead - before < count * sizeof(float))
            {
                throw Error(
                    CheckpointErrorKind.PathTraversal,
                    place,
                    "Its numbers do not stand in this file but are linked from elsewhere; they were not used.",
                    RemedySave);
            }

            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private string? Text(IH5Object holder, string name) => Texts(holder, name, "the root") is [string text] ? text : null;

    /// <summary>The texts of an attribute; Keras spreads a long list over attributes with numbers after their name.</summary>
    private string[]? Texts(IH5Object holder, string name, string place) => Guard(Path, $"attribute {name} of {place}", () =>
    {
        if (holder.AttributeExists(name))
        {
            return Texts(holder.Attribute(name), name, place);
        }

        List<string> texts = [];
        for (int part = 0; holder.AttributeExists($"{name}{part}"); part++)
        {
            texts.AddRange(Texts(holder.Attribute($"{name}{part}"), name, place));
        }

        return texts.Count == 0 ? null : texts.ToArray();
    });

    private string[] Texts(IH5Attribute attribute, string name, string place)
    {
        Int128 bytes = attribute.Type.Size;
        foreach (ulong size in attribute.Space.Dimensions)
        {
            bytes *= size;
        }

        // Also an empty list (a layer without weights), which Keras stores as numbers.
        if (bytes == 0)
        {
            return [];
        }

        if (bytes > _stream.Length)
        {
            throw Error(
                CheckpointErrorKind.TooLarge, $"attribute {name} of {place}", $"{bytes} bytes are more than the file has.", RemedyDownload);
        }

        return attribute.Space.Type == H5DataspaceType.Scalar
            ? [attribute.Read<string>().TrimEnd('\0')]
            : Array.ConvertAll(attribute.Read<string[]>(), text => text.TrimEnd('\0'));
    }
}
