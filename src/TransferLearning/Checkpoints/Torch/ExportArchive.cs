namespace TransferLearning;

/// <summary>
/// What <c>torch.export.save</c> writes (<c>.pt2</c>): a program with its weights. Since PyTorch 2.8 the weights are raw entries that a
/// table in JSON describes; before, a checkpoint of <c>torch.save</c> inside the archive. The program is not looked at.
/// </summary>
internal sealed class ExportArchive
{
    private const string OldWeights = "serialized_state_dict.pt";
    private const string Folder = "/data/weights/";
    private const string Table = "_weights_config.json";
    private const long Strided = 7;
    private const string Remedy = "Export it again in Python: torch.export.save(program, path).";

    // torch.export's own numbers.
    private static readonly Dictionary<long, ScalarType> Types = new()
    {
        [1] = ScalarType.Byte,
        [2] = ScalarType.Int8,
        [3] = ScalarType.Int16,
        [4] = ScalarType.Int32,
        [5] = ScalarType.Int64,
        [6] = ScalarType.Float16,
        [7] = ScalarType.Float32,
        [8] = ScalarType.Float64,
        [10] = ScalarType.ComplexFloat32,
        [11] = ScalarType.ComplexFloat64,
        [12] = ScalarType.Bool,
        [13] = ScalarType.BFloat16,
    };

    private readonly CheckpointFile _file;
    private readonly Dictionary<string, (ZipEntry Entry, long Start)> _entries;
    private readonly CheckpointOptions _options;
    private readonly string _root;

    private ExportArchive(
        CheckpointFile file, Dictionary<string, (ZipEntry Entry, long Start)> entries, CheckpointOptions options, string root)
        => (_file, _entries, _options, _root) = (file, entries, options, root);

    /// <summary>The archive of a program; null where it is another one.</summary>
    public static ExportArchive? Of(
        CheckpointFile file, Dictionary<string, (ZipEntry Entry, long Start)> entries, CheckpointOptions options)
    {
        if (entries.ContainsKey(OldWeights))
        {
            return new ExportArchive(file, entries, options, "");
        }

        const string Mark = "/archive_format";
        return entries.Keys.FirstOrDefault(name => name.EndsWith(Mark, StringComparison.Ordinal)) is { } mark
            ? new ExportArchive(file, entries, options, mark[..^Mark.Length])
            : null;
    }

    /// <summary>The weights.</summary>
    /// <param name="readPickled">Reads a checkpoint of <c>torch.save</c>.</param>
    /// <exception cref="CheckpointException">There are none, or they are not sound.</exception>
    public CheckpointContent Read(Func<CheckpointFile, CheckpointOptions, CheckpointContent> readPickled)
    {
        if (_entries.ContainsKey(OldWeights))
        {
            return readPickled(Inner(OldWeights), _options);
        }

        TorchZipFormat.RequireLittleEndian(_file, _entries, _root, _options);
        string[] tables =
        [
            .. _entries.Keys.Where(name => name.StartsWith(_root + Folder, StringComparison.Ordinal)
                && (name.EndsWith(Table, StringComparison.Ordinal) || name.EndsWith(".pt", StringComparison.Ordinal))),
        ];
        return tables.Length switch
        {
            0 => throw _file.Error(
                CheckpointErrorKind.TorchScript,
                null,
                $"The archive holds a program of torch.export without weights by name (no '{_root}{Folder}*{Table}').",
                "Save the weights in Python: torch.save(program.state_dict, path)."),
            1 => tables[0].EndsWith(".pt", StringComparison.Ordinal) ? readPickled(Inner(tables[0]), _options) : ReadTable(tables[0]),
            _ => throw _file.Error(
                CheckpointErrorKind.DuplicateEntry,
                null,
                $"The archive holds several programs: {string.Join(", ", tables)}.",
                "Export each into a file of its own."),
        };
    }

    // A checkpoint inside is read where it stands, which it cannot be when it is compressed.
    private CheckpointFile Inner(string name)
    {
        (ZipEntry entry, long start) = _entries[name];
        return entry.IsDeflated
            ? throw _file.Error(
                CheckpointErrorKind.CorruptZip, $"entry '{name}'", "It is compressed; PyTorch stores it as it is.", Remedy)
            : _file.Part(start, entry.Length);
    }

    private CheckpointContent ReadTable(string table)
    {
        (ZipEntry entry, long start) = _entries[table];
        if (entry.Length > _options.MaximumDescriptionBytes)
        {
            throw _file.Error(
                CheckpointErrorKind.TooLarge,
                $"entry '{table}'",
                $"It has {entry.Length} bytes; {_options.MaximumDescriptionBytes} are allowed.",
                CheckpointFile.RemedyPublisher);
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(entry.ReadAll(_file.Bytes, start, _options.VerifyChecksums));
            Dictionary<string, TensorStorage> storages = [];
            HashSet<string> names = [];
            List<KeyValuePair<string, TensorView>> tensors = [];
            foreach (JsonProperty weight in json.RootElement.GetProperty("config").EnumerateObject())
            {
                if (!names.Add(weight.Name))
                {
                    throw _file.Error(
                        CheckpointErrorKind.DuplicateEntry, $"tensor '{weight.Name}'", "The table lists the name twice.", Remedy);
                }

                tensors.Add(new(weight.Name, Tensor(weight.Name, weight.Value, storages)));
            }

            return CheckpointContent.FromTensors(tensors);
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw _file.Error(
                CheckpointErrorKind.BadHeader,
                $"entry '{table}'",
                $"The table of weights is not what its form demands: {exception.Message}",
                Remedy,
                exception);
        }
    }

    private TensorView Tensor(string name, JsonElement weight, Dictionary<string, TensorStorage> storages)
    {
        string place = $"tensor '{name}'", path = weight.GetProperty("path_name").GetString() ?? "";
        if (weight.GetProperty("use_pickle").GetBoolean())
        {
            throw _file.Error(
                CheckpointErrorKind.UnsafeGlobal,
                place,
                "It is of a tensor class of its own, which is pickled; plain tensors are read.",
                "Export the program with plain tensors.");
        }

        JsonElement meta = weight.GetProperty("tensor_meta");
        long type = meta.GetProperty("dtype").GetInt64(), layout = meta.GetProperty("layout").GetInt64();
        if (!Types.TryGetValue(type, out ScalarType dtype) || layout != Strided)
        {
            throw _file.Error(
                CheckpointErrorKind.BadDtype,
                place,
                $"Its element type has the number {type} and its layout {layout}; dense tensors of {string.Join(", ", Types.Values)} are "
                    + "read.",
                "Convert it before the export.");
        }

        if (!storages.TryGetValue(path, out TensorStorage? storage))
        {
            string full = $"{_root}{Folder}{path}";
            storage = _entries.TryGetValue(full, out (ZipEntry Entry, long Start) found)
                ? TorchZipStorage.Of(_file, found.Entry, found.Start, _options.VerifyChecksums)
                : throw _file.Error(
                    CheckpointErrorKind.MissingEntry,
                    place,
                    $"The archive does not hold its entry '{full}'.",
                    CheckpointFile.RemedyDownload);
            storages.Add(path, storage);
        }

        TensorView view = TensorView.Create(
            _file, place, dtype, Numbers("sizes"), Numbers("strides"), Number(meta.GetProperty("storage_offset")), storage);
        return weight.GetProperty("is_param").GetBoolean() ? view.AsParameter() : view;

        List<long> Numbers(string key) => [.. meta.GetProperty(key).EnumerateArray().Select(Number)];

        long Number(JsonElement size) => size.GetProperty("as_int").GetInt64();
    }
}
