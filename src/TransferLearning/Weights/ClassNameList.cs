using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace TransferLearning;

/// <summary>The names of the classes that published weights know, and which files have them. <c>conversions.csv</c> lists files that are
/// not published by themselves: TensorFlow's hosted MobileNetV2 in PyTorch's form.</summary>
internal static class ClassNameList
{
    private const string Conversions = "Weights/conversions.csv";

    private static readonly ConcurrentDictionary<string, IReadOnlyList<string>> Lists = new();

    /// <summary>The names of one list, in the order of the logits.</summary>
    /// <exception cref="ArgumentException">There is no such list.</exception>
    public static IReadOnlyList<string> Of(string list) => Lists.GetOrAdd(list, Read);

    /// <summary>The names of the classes of a file, if its SHA-256 is that of a known one of its architecture; null for every other file,
    /// of whose classes nothing is assumed.</summary>
    /// <param name="architecture">The architecture that the file was loaded for.</param>
    /// <param name="path">The file. It is read once more if there is a list of that length for the architecture, else not at all.</param>
    /// <param name="classes">How many classes its classifier has.</param>
    public static IReadOnlyList<string>? Recognise(string architecture, string path, int classes)
    {
        string? digest = null;
        foreach ((string prefix, IReadOnlyList<string> names) in Known(architecture))
        {
            if (names.Count == classes && (digest ??= Digest(path)).StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return names;
            }
        }

        return null;
    }

    // The few files that are not published come first, so that the large table is not read for them.
    private static IEnumerable<(string Digest, IReadOnlyList<string> Names)> Known(string architecture)
    {
        foreach (string line in Lines(Conversions))
        {
            string[] cells = line.Split(',');
            if (cells[1].Equals(architecture, StringComparison.OrdinalIgnoreCase))
            {
                yield return (cells[0], Of(cells[2]));
            }
        }

        foreach (WeightEntry entry in WeightTable.Of(architecture))
        {
            if (entry.ClassNames is { } names)
            {
                yield return (entry.Sha256Prefix, names);
            }
        }
    }

    private static string Digest(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static IReadOnlyList<string> Read(string list) => [.. Lines($"Weights/classes/{list}.txt")];

    private static List<string> Lines(string resource)
    {
        using Stream stream = typeof(ClassNameList).Assembly.GetManifestResourceStream(resource)
            ?? throw new ArgumentException($"The library has no list {resource}.", nameof(resource));
        using StreamReader reader = new(stream);
        List<string> lines = [];
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }
}
