using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace TransferLearning.Samples;

/// <summary>
/// English as two dictionaries explain it: WordNet's glosses (Debian package wordnet-base, folder of data.* files) and the definitions of
/// GCIDE (package dict-gcide, file gcide.dict.dz). One short text for each sense or entry.
/// </summary>
internal static partial class Definitions
{
    private static readonly string[] PartsOfSpeech = ["noun", "verb", "adj", "adv"];

    public static IEnumerable<string> OfWordNet(string folder)
    {
        foreach (string file in PartsOfSpeech.Select(name => Path.Combine(folder, $"data.{name}")))
        {
            // 00003553 03 n 02 whole 0 unit 0 015 @ … | an assemblage of parts that is regarded as a single entity; "how big …"
            foreach (string line in File.ReadLines(file).Where(line => line.Length > 0 && char.IsAsciiDigit(line[0])))
            {
                int bar = line.IndexOf('|', StringComparison.Ordinal);
                string[] parts = line[..bar].Split(' ');
                int count = Convert.ToInt32(parts[3], 16);
                IEnumerable<string> senses = Enumerable.Range(0, count).Select(i => parts[4 + (2 * i)]);
                string words = string.Join(", ", senses.Select(sense => sense.Split('(')[0].Replace('_', ' ')));
                yield return $"{words}: {line[(bar + 1)..].Trim()}";
            }
        }
    }

    public static IEnumerable<string> OfGcide(string file)
    {
        using StreamReader reader = new(new GZipStream(File.OpenRead(file), CompressionMode.Decompress), Encoding.UTF8);
        StringBuilder entry = new();
        while (reader.ReadLine() is { } line)
        {
            bool isHead = line.Length > 0 && !char.IsWhiteSpace(line[0]) && line.Contains('\\', StringComparison.Ordinal);
            if (isHead && entry.Length > 0)
            {
                if (Clean(entry.ToString()) is { Length: > 20 } text)
                {
                    yield return text;
                }

                entry.Clear();
            }

            if (isHead || entry.Length > 0)
            {
                entry.Append(line.Trim()).Append(' ');
            }
        }
    }

    // "Enteron \En"te*ron\, n. [NL., fr. Gr. …] (Anat.) The whole alimentary, or enteric, canal. [1913 Webster]" keeps word and
    // explanation.
    private static string Clean(string entry)
    {
        string plain = Brackets().Replace(Pronunciation().Replace(entry, ":"), "");
        return Spaces().Replace(Source().Replace(Braces().Replace(plain, "$1"), ""), " ").Trim();
    }

    [GeneratedRegex(@"\s*\\[^\\]*\\,?( [a-z]{1,3}\.)*")]
    private static partial Regex Pronunciation();

    [GeneratedRegex(@"\[[^\[\]]*(\[[^\[\]]*\][^\[\]]*)*\]")]
    private static partial Regex Brackets();

    [GeneratedRegex(@"\{([^{}]*)\}")]
    private static partial Regex Braces();

    [GeneratedRegex(@"--[A-Z][\w.\s]{0,30}?\.(?=\s|$)")]
    private static partial Regex Source();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
