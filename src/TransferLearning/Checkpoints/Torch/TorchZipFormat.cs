namespace TransferLearning;

/// <summary>PyTorch's form since version 1.6: a zip archive with a pickle <c>NAME/data.pkl</c> and one entry per storage. Programs that
/// <c>torch.jit.save</c> and <c>torch.export.save</c> wrote are read for their weights; nothing of them is run.</summary>
internal sealed class TorchZipFormat : ICheckpointFormat
{
    private const string PickleName = "/data.pkl";

    /// <summary>Names repeat, so pickles compress well, but no honest one does so further than this.</summary>
    private const long PickleRatio = 100;
    private const long PickleFloor = 1 << 20;

    public bool Recognizes(ReadOnlySpan<byte> head, string path) => head.StartsWith("PK"u8);

    public CheckpointContent Read(CheckpointFile file, CheckpointOptions options)
    {
        Dictionary<string, (ZipEntry Entry, long Start)> entries = ZipDirectory.ReadStrictly(file.Bytes, options.MaximumDescriptionBytes);
        return ExportArchive.Of(file, entries, options) is { } archive ? archive.Read(ReadPickled) : ReadPickled(file, options, entries);
    }

    private static CheckpointContent ReadPickled(CheckpointFile file, CheckpointOptions options)
        => ReadPickled(file, options, ZipDirectory.ReadStrictly(file.Bytes, options.MaximumDescriptionBytes));

    private static CheckpointContent ReadPickled(
        CheckpointFile file, CheckpointOptions options, Dictionary<string, (ZipEntry Entry, long Start)> entries)
    {
        string[] pickles = [.. entries.Keys.Where(name => name.EndsWith(PickleName, StringComparison.Ordinal))];
        if (pickles.Length != 1)
        {
            throw pickles.Length > 1
                ? file.Error(
                    CheckpointErrorKind.DuplicateEntry,
                    null,
                    $"The archive holds several checkpoints: {string.Join(", ", pickles)}.",
                    CheckpointFile.RemedyPublisher)
                : file.Error(
                    CheckpointErrorKind.MissingEntry,
                    null,
                    "The zip archive holds no entry 'NAME/data.pkl', as a checkpoint of torch.save does.",
                    "Check that the path names the weights.");
        }

        string root = pickles[0][..^PickleName.Length];
        RequireLittleEndian(file, entries, root, options);
        (ZipEntry pickle, long pickleStart) = entries[pickles[0]];
        if (pickle.Length > options.MaximumDescriptionBytes || (pickle.Length - PickleFloor) / PickleRatio > pickle.CompressedLength)
        {
            throw file.Error(
                CheckpointErrorKind.TooLarge,
                $"entry '{pickle.Name}'",
                $"It has {pickle.Length} bytes from {pickle.CompressedLength} stored ones; "
                + $"{options.MaximumDescriptionBytes} and a ratio of {PickleRatio} are allowed.",
                CheckpointFile.RemedyPublisher);
        }

        PickleInput input = new(
            file, pickle.Name, TensorStorage.InMemory(pickle.ReadAll(file.Bytes, pickleStart, options.VerifyChecksums)));
        bool isScript = entries.ContainsKey(root + "/constants.pkl");
        ZipStorages storages = new(file, entries, root, options.VerifyChecksums);
        CheckpointValue value = new PickleMachine(file, input, storages, isScript).Run();
        return isScript ? ScriptModules.Weights(file, value, options) : new CheckpointContent(value);
    }

    /// <summary>Refuses an archive whose numbers are in big-endian order.</summary>
    internal static void RequireLittleEndian(
        CheckpointFile file, Dictionary<string, (ZipEntry Entry, long Start)> entries, string root, CheckpointOptions options)
    {
        if (entries.TryGetValue(root + "/byteorder", out (ZipEntry Entry, long Start) order) && order.Entry.Length == 3
            && Encoding.ASCII.GetString(order.Entry.ReadAll(file.Bytes, order.Start, options.VerifyChecksums)) == "big")
        {
            throw file.Error(
                CheckpointErrorKind.BadDtype,
                null,
                "Its numbers are in big-endian order.",
                "Save the weights again on a little-endian computer.");
        }
    }

    private sealed class ZipStorages(
        CheckpointFile file, Dictionary<string, (ZipEntry Entry, long Start)> entries, string root, bool verify) : PickleStorages
    {
        private readonly Dictionary<string, TensorStorage> _known = [];

        public override TensorStorage Find(PickleInput input, string key, ElementType element, long count)
        {
            string name = $"{root}/data/{key}";
            if (!entries.TryGetValue(name, out (ZipEntry Entry, long Start) found))
            {
                throw file.Error(
                    CheckpointErrorKind.MissingEntry,
                    $"entry '{name}'",
                    "The pickle refers to this storage; the archive does not hold it.",
                    CheckpointFile.RemedyDownload);
            }

            if (count > long.MaxValue / element.Width || count * element.Width != found.Entry.Length)
            {
                throw file.Error(
                    CheckpointErrorKind.BadGeometry,
                    $"entry '{name}'",
                    $"The pickle claims {count} elements of {element.Width} bytes; the entry has {found.Entry.Length} bytes.",
                    CheckpointFile.RemedyPublisher);
            }

            if (!_known.TryGetValue(key, out TensorStorage? storage))
            {
                storage = TorchZipStorage.Of(file, found.Entry, found.Start, verify);
                _known.Add(key, storage);
            }

            return storage;
        }
    }
}
