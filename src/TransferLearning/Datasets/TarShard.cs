using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>The samples of one tar archive. The file is opened for each image, so that there may be any number of archives.</summary>
internal sealed class TarShard
{
    private const int LongestLabel = 1 << 20;

    private static readonly string[] LabelFiles = ["cls", "json", "txt"]; // the first that a sample has counts
    private static readonly string[] LabelFields = ["label", "cls", "class"];

    private readonly PackedText _names;
    private readonly (long Offset, int Size, uint Mark)[] _places;

    private TarShard(string path, PackedText names, (long Offset, int Size, uint Mark)[] places)
    {
        Path = path;
        _names = names;
        _places = places;
    }

    public string Path { get; }
    public int Count => _places.Length;

    /// <summary>Lists an archive.</summary>
    /// <param name="path">The archive, a full path.</param>
    /// <param name="kind">Which files are images.</param>
    /// <param name="addLabel">Takes the label of each sample, in order.</param>
    public static TarShard Open(string path, ClassFileKind kind, Action<string> addLabel)
    {
        using FileStream stream = OpenStream(path);
        SafeFileHandle file = stream.SafeFileHandle;
        List<string> names = [];
        List<(long, int, uint)> places = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        string? key = null;
        TarredFile? image = null, label = null;
        int labelRank = LabelFiles.Length;
        foreach (TarredFile entry in new TarDirectory(stream, path).Files())
        {
            string name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (SampleFileName.AnyHidden(name))
            {
                continue;
            }

            int dot = name.IndexOf('.', name.LastIndexOf('/') + 1);
            string extension = dot < 0 ? "" : name[(dot + 1)..].ToLowerInvariant();
            string sample = dot < 0 ? name : name[..dot];
            if (sample != key)
            {
                Finish();
                if (!keys.Add(sample))
                {
                    throw new DatasetException(
                        $"'{path}' holds files of '{sample}' at two places. The files of a sample must follow each other, and no name " +
                        "may occur twice; pack the archive again.");
                }

                (key, image, label, labelRank) = (sample, null, null, LabelFiles.Length);
            }

            int rank = Array.IndexOf(LabelFiles, extension);
            if (kind.Includes(name))
            {
                image = image is null
                    ? entry with { Name = name }
                    : throw new DatasetException(
                        $"'{path}' holds two images of '{sample}', '{image.Value.Name}' and '{name}'; expected one.");
            }
            else if (rank >= 0 && rank < labelRank)
            {
                (label, labelRank) = (entry, rank);
            }
        }

        Finish();
        return places.Count > 0
            ? new TarShard(path, new PackedText(names), [.. places])
            : throw new DatasetException(
                $"'{path}' holds no sample. Expected images with a label each, for example 0001.jpg and 0001.cls.");

        void Finish()
        {
            if (key is null || (image is null && label is null))
            {
                return;
            }

            if (image is not { } found || label is not { } labelled)
            {
                throw new DatasetException(
                    $"'{path}': '{key}' has {(image is null ? "a label but no image" : "an image but no label")}. Expected both, " +
                    $"for example {key}.jpg and {key}.cls ({kind.ExtensionList}; {string.Join(", ", LabelFiles)}).");
            }

            if (found.Size > SampleFiles.MaximumFileBytes)
            {
                throw new DatasetException(
                    $"'{path}': '{found.Name}' has {found.Size} bytes, " +
                    $"more than the {SampleFiles.MaximumFileBytes} that an image may have.");
            }

            addLabel(Label(file, path, labelled));
            names.Add(found.Name);
            places.Add((found.Offset, (int)found.Size, found.Mark));
        }
    }

    public string NameOf(int index) => $"{System.IO.Path.GetFileName(Path)}/{_names[index]}";
    public long MarkOf(int index) => ((long)_places[index].Size << 32) | _places[index].Mark;

    public byte[] Read(int index)
    {
        using SafeFileHandle file = OpenFile(Path);
        (long offset, int size, _) = _places[index];
        return Bytes(file, Path, offset, size);
    }

    private static FileStream OpenStream(string path) => new(OpenFile(path), FileAccess.Read, bufferSize: 0);

    private static SafeFileHandle OpenFile(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new DatasetException($"'{path}' cannot be opened: {exception.Message} Expected a tar archive of images.", exception);
        }
    }

    private static byte[] Bytes(SafeFileHandle file, string path, long offset, int size)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(size);
        return FileRange.Read(file, bytes, offset) == size
            ? bytes
            : throw new DatasetException($"'{path}' became shorter after it was opened.");
    }

    private static string Label(SafeFileHandle file, string path, TarredFile entry)
    {
        string place = $"'{path}': the label '{entry.Name}'";
        if (entry.Size > LongestLabel)
        {
            throw new DatasetException($"{place} has {entry.Size} bytes; expected the number or name of a class.");
        }

        string text = TextRow.Decode(Bytes(file, path, entry.Offset, (int)entry.Size), place).Trim();
        if (entry.Name.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            text = FromJson(text, place);
        }

        return text.Length > 0 ? text : throw new DatasetException($"{place} is empty.");
    }

    private static string FromJson(string text, string place)
    {
        try
        {
            JsonElement element = JsonElement.Parse(text);
            if (JsonText.HasHalfPairs<char>(text))
            {
                throw new DatasetException($"{place}: {JsonText.HalfPair}.");
            }

            if (element.ValueKind == JsonValueKind.Object)
            {
                string? field = Array.Find(LabelFields, name => element.TryGetProperty(name, out _));
                element = field is null
                    ? throw new DatasetException($"{place} has none of the fields {string.Join(", ", LabelFields)}.")
                    : element.GetProperty(field);
            }

            return element.ValueKind is JsonValueKind.String or JsonValueKind.Number
                ? element.ToString().Trim()
                : throw new DatasetException($"{place} is {element.ValueKind}; expected a number or a text.");
        }
        catch (JsonException exception)
        {
            throw new DatasetException($"{place} is no JSON: {exception.Message}", exception);
        }
    }
}
