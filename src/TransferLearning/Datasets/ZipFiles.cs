namespace TransferLearning;

/// <summary>The sample files in a zip file of class folders.</summary>
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
            string prefix = ArchiveClassRoot.Of([.. entries.Select(entry => entry.Name)], subfolder, path, listing.Kind);
            for (int i = 0; i < entries.Count; i++)
            {
                if (entries[i].Name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    listing.AddEntry(entries[i].Name[prefix.Length..], i);
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

    private static List<ZipEntry> Checked(List<ZipEntry> images, ArchiveFile file, string path)
    {
        for (int i = 0; i < images.Count; i++)
        {
            images[i].Check(file, MaximumFileBytes);
            if (i > 0 && images[i].Name == images[i - 1].Name)
            {
                throw new DatasetException($"'{path}' holds two entries named '{images[i].Name}'. Pack it again with each file once.");
            }
        }

        return images;
    }

    private readonly record struct Place(long HeaderOffset, int CompressedSize, int Size, uint Crc, bool IsDeflated);
}
