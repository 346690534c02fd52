using System.IO.Compression;

namespace TransferLearning.Tests;

/// <summary>A folder of the test's own, removed at its end.</summary>
internal sealed class SampleFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("transferlearning-tests-").FullName;

    public string File(string path) => Path.Combine(Root, path);

    /// <summary>Makes files whose content is their own path.</summary>
    public SampleFolder With(params string[] paths)
    {
        foreach (string path in paths)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(File(path))!);
            System.IO.File.WriteAllText(File(path), path);
        }

        return this;
    }

    /// <summary>Makes a zip file of entries whose content is their own path, and gives its path.</summary>
    public string Zip(CompressionLevel level, params string[] entries)
    {
        string path = File("images.zip");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (string name in entries)
        {
            ZipArchiveEntry entry = zip.CreateEntry(name, level);
            if (!name.EndsWith('/'))
            {
                using StreamWriter writer = new(entry.Open());
                writer.Write(name);
            }
        }

        return path;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
