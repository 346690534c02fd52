using System.Formats.Tar;
using System.IO.Compression;

namespace TransferLearning;

/// <summary>Reads the files of CIFAR-10 out of the published archive, in one pass and without unpacking it to disk.</summary>
internal static class CifarArchive
{
    private const long LargestFile = 64L << 20; // as published: 30,730,000 bytes
    private const long LargestArchive = 1L << 30; // unpacked; as published: 184,380,000 bytes and a little
    private const int MostEntries = 1000;

    public static (string[] ClassNames, CifarFile[] Files) Open(string path, string[] wanted)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.ReadByte() != 0x1F || file.ReadByte() != 0x8B)
            {
                throw new DatasetException(
                    $"'{path}' is no gzip archive. Expected cifar-10-binary.tar.gz, or the folder cifar-10-batches-bin unpacked from it.");
            }

            file.Position = 0;
            using GZipStream unpacked = new(file, CompressionMode.Decompress);
            Dictionary<string, byte[]> found = Read(unpacked, path, [.. wanted, CifarFolder.ClassNameFile]);
            string[] missing = [.. wanted.Where(name => !found.ContainsKey(name))];
            if (missing.Length > 0)
            {
                throw new DatasetException(
                    $"'{path}' lacks {string.Join(", ", missing)}. Expected cifar-10-binary.tar.gz, the binary version of CIFAR-10.");
            }

            string? text = found.TryGetValue(CifarFolder.ClassNameFile, out byte[]? bytes) ? Encoding.UTF8.GetString(bytes) : null;
            string[] classNames = CifarFolder.ClassNames(text, $"'{path}', file '{CifarFolder.ClassNameFile}',");
            return (classNames, [.. wanted.Select(name => new CifarFile(path, name, found[name]))]);
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or UnauthorizedAccessException
            or IOException and not DatasetException)
        {
            throw new DatasetException($"'{path}' is damaged or cannot be read: {exception.Message} Copy or download it again.", exception);
        }
    }

    private static Dictionary<string, byte[]> Read(Stream unpacked, string path, HashSet<string> wanted)
    {
        Dictionary<string, byte[]> found = new();
        using TarReader tar = new(unpacked);
        long total = 0;
        for (int entries = 0; tar.GetNextEntry() is { } entry; entries++)
        {
            total = checked(total + entry.Length);
            if (entries == MostEntries || total > LargestArchive)
            {
                throw new DatasetException(
                    $"'{path}' holds more than {MostEntries} files or {LargestArchive} bytes, which is not CIFAR-10. " +
                    "Do not trust this archive.");
            }

            string name = entry.Name[(entry.Name.LastIndexOf('/') + 1)..];
            if (!wanted.Contains(name) || entry.DataStream is not { } data)
            {
                continue;
            }

            if (entry.Length > LargestFile)
            {
                throw new DatasetException(
                    $"'{path}', file '{name}', claims {entry.Length} bytes, more than {LargestFile}. Do not trust this archive.");
            }

            byte[] bytes = new byte[entry.Length];
            data.ReadExactly(bytes);
            found[name] = bytes;
        }

        ReadToEnd(unpacked, path);
        return found;
    }

    // The checksum of the archive lies behind its last byte, and is checked when that has been read.
    private static void ReadToEnd(Stream unpacked, string path)
    {
        byte[] padding = new byte[1 << 16];
        int rounds = 0;
        while (unpacked.Read(padding) > 0)
        {
            if (++rounds > MostEntries)
            {
                throw new DatasetException($"'{path}' continues after its last file. Do not trust this archive.");
            }
        }
    }
}
