using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>The sample files in a tar archive of class folders.</summary>
internal sealed class TarFiles : SampleFiles
{
    private static readonly string[] Endings = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst"];

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly PackedText _names;
    private readonly (long Offset, int Size, uint Mark)[] _places;

    private TarFiles(SafeFileHandle file, string path, IReadOnlyList<TarredFile> entries)
    {
        (_file, _path) = (file, path);
        _names = new PackedText([.. entries.Select(entry => entry.Name)]);
        _places = [.. entries.Select(entry => (entry.Offset, (int)entry.Size, entry.Mark))];
    }

    public override int Count => _places.Length;

    /// <summary>Whether a file is called as tar archives are.</summary>
    public static bool Is(string path) => Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Lists an archive.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="subfolder">The folder that holds the class folders, with '/' between its parts, or "".</param>
    /// <param name="listing">Takes the classes and samples found.</param>
    public static TarFiles Open(string path, string subfolder, ClassFolderListing listing)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);
            TarredFile[] entries = List(path);
            string prefix = ArchiveClassRoot.Of([.. entries.Select(entry => entry.Name)], subfolder, path, listing.Kind);
            for (int i = 0; i < entries.Length; i++)
            {
                if (entries[i].Name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    listing.AddEntry(entries[i].Name[prefix.Length..], i);
                }
            }

            listing.Check(prefix.Length > 0 ? $"'{path}', folder '{prefix.TrimEnd('/')}'," : $"'{path}'");
            TarredFile[] samples = [.. listing.InOrder().Select(sample => entries[sample.Entry])];
            Check(path, samples);
            return new TarFiles(file, path, samples);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException and not DatasetException)
        {
            file?.Dispose();
            throw new DatasetException($"'{path}' cannot be opened: {exception.Message}", exception);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    public override string NameOf(int index) => _names[index];

    public override long MarkOf(int index) => ((long)_places[index].Size << 32) | _places[index].Mark;

    public override byte[] Read(int index)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(_places[index].Size);
        return FileRange.Read(_file, bytes, _places[index].Offset) == bytes.Length
            ? bytes
            : throw new DatasetException($"'{_path}' became shorter after it was opened.");
    }

    public override void Dispose() => _file.Dispose();

    private static TarredFile[] List(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return
        [
            .. new TarDirectory(stream, path).Files()
                .Select(entry => entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry with { Name = entry.Name[2..] } : entry)
                .Where(entry => !SampleFileName.AnyHidden(entry.Name)),
        ];
    }

    private static void Check(string path, TarredFile[] samples)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            if (samples[i].Size > MaximumFileBytes)
            {
                throw new DatasetException(
                    $"'{path}': '{samples[i].Name}' has {samples[i].Size} bytes, more than the {MaximumFileBytes} that a sample may have.");
            }

            if (i > 0 && samples[i].Name == samples[i - 1].Name)
            {
                throw new DatasetException($"'{path}' holds two entries named '{samples[i].Name}'. Pack it again with each file once.");
            }
        }
    }
}
