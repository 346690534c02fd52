namespace TransferLearning;

/// <summary>The image files in a zip file of class folders.</summary>
internal sealed class ZipFiles : SampleFiles
{
    private readonly ArchiveFile _file;
    private readonly PackedText _names;
    private readonly Place[] _places;

    private ZipFiles(ArchiveFile file, IReadOnlyList<ZipEntry> entries)
    {
        _file = file;
        _names = new PackedText([.. entries.Select(entry => entry.Name)]);
        _places = [.. entries.Select(PlaceOf)];
    }

    public override int Count => _places.Length;

    /// <summary>Reads the directory of the file.</summary>
    /// <param name="path">The zip file.</param>
    /// <param name="subfolder">The folder that holds the class folders, with '/' between its parts, or "".</param>
    /// <param name="listing">Takes the classes and images found.</param>
    public static ZipFiles Open(string path, string subfolder, ClassFolderListing listing)
    {
        ArchiveFile file = OpenFile(path);
        try
        {
            List<ZipEntry> entries = ZipDirectory.Read(file, Array.MaxLength);
            entries.RemoveAll(entry => SampleFileName.AnyHidden(entry.Name));
            string prefix = ClassRoot(entries, subfolder, path);
            for (int i = 0; i < entries.Count; i++)
            {
                if (entries[i].Name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    Add(entries[i].Name[prefix.Length..], i, listing);
                }
            }

            listing.Check(prefix.Length > 0 ? $"'{path}', folder '{prefix.TrimEnd('/')}'," : $"'{path}'");
            return new ZipFiles(file, Checked([.. listing.InOrder().Select(image => entries[image.Entry])], file, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override string NameOf(int index) => _names[index];
    public override long MarkOf(int index) => ((long)_places[index].Size << 32) | _places[index].Crc;

    public override byte[] Read(int index)
    {
        Place place = _places[index];
        ZipEntry entry = new(
            _names[index], (ushort)(place.IsDeflated ? 8 : 0), false, place.Crc, place.HeaderOffset, place.CompressedSize, place.Size);
        return entry.ReadAll(_file, entry.Locate(_file), verify: true);
    }

    public override void Dispose() => _file.Dispose();

    private static ArchiveFile OpenFile(string path)
    {
        try
        {
            return new ArchiveFile(
                File.OpenHandle(
                    path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess), fault => Error(path, fault));
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new DatasetException($"'{path}' cannot be opened: {exception.Message}", exception);
        }
    }

    private static DatasetException Error(string path, ArchiveFault fault)
    {
        string where = fault.Entry is { } entry ? $"'{path}', entry '{entry}'" : $"'{path}'";
        return new DatasetException(
            fault.Kind switch
            {
                ArchiveErrorKind.NotAnArchive
                    => $"{where} is no zip file: {fault.Problem}. Expected a folder, or a zip file with one folder for each class.",
                ArchiveErrorKind.NameLeadsOut => $"{where}: {fault.Problem}. Do not use this file.",
                ArchiveErrorKind.Unsupported => $"{where}: {fault.Problem}. Unpack it and open the folder, or pack it again.",
                ArchiveErrorKind.TooLarge => $"{where}: {fault.Problem}. Do not trust this archive.",
                _ => $"{where}: the zip file is damaged: {fault.Problem}. Copy or download it again.",
            },
            fault.InnerException);
    }

    // The sizes have been checked and are below the limit.
    private static Place PlaceOf(ZipEntry entry)
        => new(entry.HeaderStart, checked((int)entry.CompressedLength), checked((int)entry.Length), entry.Checksum, entry.IsDeflated);

    private static void Add(string path, int entry, ClassFolderListing listing)
    {
        if (SampleFileName.IsImage(path))
        {
            listing.AddFile(path, entry);
        }
        else if (path.IndexOf('/', StringComparison.Ordinal) is > 0 and int slash)
        {
            listing.AddClass(path[..slash]); // the folder itself, or something else in it
        }
    }

    private static List<ZipEntry> Checked(List<ZipEntry> images, ArchiveFile file, string path)
    {
        for (int i = 0; i < images.Count; i++)
        {
            images[i].Check(file, MaximumFileBytes);
            if (i > 0 && images[i].Name == images[i - 1].Name)
            {
                throw new DatasetException($"'{path}' holds two entries named '{images[i].Name}'. Pack it again with each image once.");
            }
        }

        return images;
    }

    /// <summary>The folder of the class folders, "" or ending in '/'. Archives often have one folder around everything: it is stepped into,
    /// as long as no image lies beside or directly in it.</summary>
    private static string ClassRoot(List<ZipEntry> entries, string subfolder, string path)
    {
        string prefix = "";
        while (true)
        {
            string wanted = subfolder.Length > 0 ? $"{prefix}{subfolder}/" : "";
            if (wanted.Length > 0 && entries.Exists(entry => entry.Name.StartsWith(wanted, StringComparison.Ordinal)))
            {
                return wanted;
            }

            string? only = OnlyFolder(entries, prefix);
            if (only is null && subfolder.Length > 0)
            {
                string where = prefix.Length > 0 ? $"its folder '{prefix.TrimEnd('/')}'" : "it";
                string others = string.Join(", ", Folders(entries, prefix).Take(20));
                throw new DatasetException($"'{path}' has no folder '{subfolder}'; {where} has {others}.");
            }

            if (only is null)
            {
                return prefix;
            }

            prefix = only;
        }
    }

    private static string? OnlyFolder(List<ZipEntry> entries, string prefix)
    {
        string[] folders = [.. Folders(entries, prefix).Take(2)];
        if (folders.Length != 1 || HasImages(entries, prefix))
        {
            return null;
        }

        string inner = $"{prefix}{folders[0]}/";
        return Folders(entries, inner).Any() && !HasImages(entries, inner) ? inner : null;
    }

    private static IEnumerable<string> Folders(List<ZipEntry> entries, string prefix)
        => entries.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(entry => (entry.Name, End: entry.Name.IndexOf('/', prefix.Length)))
            .Where(found => found.End > prefix.Length)
            .Select(found => found.Name[prefix.Length..found.End])
            .Distinct();

    private static bool HasImages(List<ZipEntry> entries, string prefix)
        => entries.Exists(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal)
            && entry.Name.IndexOf('/', prefix.Length) < 0
            && SampleFileName.IsImage(entry.Name));

    private readonly record struct Place(long HeaderOffset, int CompressedSize, int Size, uint Crc, bool IsDeflated);
}
