using System.Runtime.InteropServices;
using System.Text.Json;
using static TorchSharp.torch;

namespace TransferLearning.Keras;

/// <summary>The layers of a TensorFlow.js layers model: <c>model.json</c> and the binary files beside it.</summary>
/// <remarks>Shards must lie in the folder of <c>model.json</c>; the sizes it states must agree with theirs to the byte.</remarks>
internal sealed class TensorFlowJsSource : KerasSource
{
    private const int MaximumDescriptionBytes = 64 << 20;
    private const int PieceBytes = 1 << 20; // even, so that no number is cut
    private const string Remedy = "Get all files of the model from its publisher again.";
    private readonly CheckpointFile _file;

    private TensorFlowJsSource(CheckpointFile file) : base(file.Path, 0) => _file = file;

    /// <summary>Opens a model; the caller disposes it.</summary>
    /// <exception cref="CheckpointException">It is damaged, a graph model, or a shard is missing.</exception>
    public static TensorFlowJsSource Read(string path)
    {
        CheckpointFile file = CheckpointFile.Open(path);
        try
        {
            TensorFlowJsSource source = new(file);
            source.ReadModel();
            return source;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    private void ReadModel()
    {
        if (_file.Length > MaximumDescriptionBytes)
        {
            throw Error(
                CheckpointErrorKind.TooLarge,
                null,
                $"A description of {_file.Length} bytes is larger than the {MaximumDescriptionBytes} that are read.",
                Remedy);
        }

        byte[] bytes = new byte[_file.Length];
        _file.Read(0, bytes);
        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
            JsonElement root = json.RootElement.Clone();
            JsonElement topology = root.GetProperty("modelTopology");
            Config = KerasConfig.Of(topology.TryGetProperty("model_config", out JsonElement model) ? model : topology)
                ?? throw Error(
                    CheckpointErrorKind.NotACheckpoint,
                    "modelTopology",
                    "It describes no Keras layers; graph models have lost the names of theirs.",
                    "Convert the Keras model itself, with tensorflowjs_converter --output_format=tfjs_layers_model.");
            foreach (JsonElement group in root.GetProperty("weightsManifest").EnumerateArray())
            {
                ReadGroup(group);
            }
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Error(
                CheckpointErrorKind.BadHeader,
                null,
                $"It is not what the layers form demands ({exception.Message.TrimEnd('.')}).",
                Remedy,
                exception);
        }

        SortByConfig();
    }

    private void ReadGroup(JsonElement group)
    {
        string[] paths = [.. group.GetProperty("paths").EnumerateArray().Select(path => path.GetString() ?? "")];
        if (paths.Distinct().Count() != paths.Length)
        {
            throw Error(CheckpointErrorKind.DuplicateEntry, "weightsManifest", "A group names one shard twice.", Remedy);
        }

        TensorFlowJsShards shards = new(paths.Select(_file.OpenSibling));
        long position = 0;
        foreach (JsonElement weight in group.GetProperty("weights").EnumerateArray())
        {
            string name = weight.GetProperty("name").GetString() ?? "";
            string place = $"weight '{name}'";
            long[] shape = [.. weight.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
            TensorFlowJsEncoding encoding = Encoding(weight, place);
            long start = position;
            long stored = Count(shape, place) * encoding.Width;
            position += stored;
            if (position > shards.Length)
            {
                throw Error(
                    CheckpointErrorKind.Truncated,
                    place,
                    $"It ends at byte {position} of the group, whose files {string.Join(", ", paths)} have {shards.Length} bytes.",
                    Remedy);
            }

            if (KerasRoles.Of(name) is { } role && encoding.Kind is not ("bool" or "complex64"))
            {
                Add(LayerOf(name), new KerasWeight(place, role, shape, () => ReadArray(shards, start, shape, stored, encoding, place)));
            }
        }

        if (position != shards.Length)
        {
            throw Error(
                CheckpointErrorKind.BadOffsets,
                "weightsManifest",
                $"The arrays of the group take {position} bytes; its files {string.Join(", ", paths)} have {shards.Length}.",
                Remedy);
        }
    }

    private TensorFlowJsEncoding Encoding(JsonElement weight, string place)
    {
        TensorFlowJsEncoding encoding = new(weight.GetProperty("dtype").GetString() ?? "");
        if (weight.TryGetProperty("quantization", out JsonElement quantisation))
        {
            string stored = quantisation.GetProperty("dtype").GetString() ?? "";
            encoding = stored == "float16"
                ? new TensorFlowJsEncoding(stored)
                : new TensorFlowJsEncoding(
                    stored, quantisation.GetProperty("scale").GetDouble(), quantisation.GetProperty("min").GetDouble());
        }

        return encoding.Width > 0
            ? encoding
            : throw Error(
                CheckpointErrorKind.BadDtype,
                place,
                $"Numbers of type '{encoding.Kind}' are not read.",
                "Convert the model again with float32, float16, uint16 or uint8.");
    }

    private Tensor ReadArray(TensorFlowJsShards shards, long start, long[] shape, long stored, TensorFlowJsEncoding encoding, string place)
    {
        // Every array has bytes of its own, so that all together cannot be larger than the files times the widening.
        Tensor tensor = Reserve(shape, 0, place);
        try
        {
            Span<float> values = MemoryMarshal.Cast<byte, float>(tensor.bytes);
            byte[] piece = new byte[(int)Math.Min(stored, PieceBytes)];
            for (long done = 0; done < stored; done += piece.Length)
            {
                Span<byte> part = piece.AsSpan(0, (int)Math.Min(piece.Length, stored - done));
                shards.Read(start + done, part);
                encoding.Decode(part, values.Slice((int)(done / encoding.Width), part.Length / encoding.Width));
            }

            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static string LayerOf(string name)
    {
        string[] parts = name.Split('/');
        return parts.Length > 1 ? parts[^2] : name;
    }
}
