using System.Text.RegularExpressions;

namespace TransferLearning;

/// <summary>The archives that a pattern names.</summary>
internal static partial class TarShardPattern
{
    private const int MostShards = 1_000_000;

    public static IReadOnlyList<string> Paths(string pattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        string full = Path.GetFullPath(pattern), name = Path.GetFileName(full);
        string folder = Path.GetDirectoryName(full) ?? full;
        if (Range().Match(name) is { Success: true } range)
        {
            string from = range.Groups["from"].Value, before = name[..range.Index], behind = name[(range.Index + range.Length)..];
            int first = int.Parse(from, CultureInfo.InvariantCulture);
            int last = int.Parse(range.Groups["to"].Value, CultureInfo.InvariantCulture);
            return last >= first && last - first < MostShards
                ? [.. Enumerable.Range(first, last - first + 1)
                    .Select(number => number.ToString($"D{from.Length}", CultureInfo.InvariantCulture))
                    .Select(number => Path.Combine(folder, before + number + behind))]
                : throw new DatasetException(
                    $"The range '{range.Value}' in '{pattern}' is empty or names more than {MostShards} archives.");
        }

        if (!name.Contains('*') && !name.Contains('?'))
        {
            return [full];
        }

        string[] found = Directory.Exists(folder) ? Directory.GetFiles(folder, name) : [];
        Array.Sort(found, StringComparer.Ordinal);
        return found.Length > 0 ? found : throw new DatasetException($"There is no archive '{name}' in '{folder}'.");
    }

    [GeneratedRegex(@"\{(?<from>\d{1,9})\.\.(?<to>\d{1,9})\}")]
    private static partial Regex Range();
}
