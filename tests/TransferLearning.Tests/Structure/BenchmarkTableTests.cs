using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TransferLearning.Tests;

public sealed partial class BenchmarkTableTests
{
    private static readonly string Page = Path.Combine(SourceTree.Root, "docs", "benchmarks.md");
    private static readonly string Results = Path.Combine(SourceTree.Root, "benchmarks", "results");

    [Fact]
    public void Every_table_of_the_page_is_its_file_of_results()
    {
        string text = File.ReadAllText(Page);
        string expected = Marked().Replace(
            text, match => $"<!-- results: {match.Groups["area"].Value} -->\n{Table(match.Groups["area"].Value)}<!-- end -->");
        if (Environment.GetEnvironmentVariable("TRANSFERLEARNING_WRITE_DOCS") == "1")
        {
            File.WriteAllText(Page, expected);
        }

        Assert.Equal(expected, File.ReadAllText(Page));
    }

    [Fact]
    public void Every_file_of_results_has_its_table()
        => Assert.Equal(
            Directory.GetFiles(Results, "*.json", SearchOption.AllDirectories)
                .Select(file => Path.GetFileNameWithoutExtension(file)!)
                .Distinct()
                .Order(StringComparer.Ordinal),
            Marked().Matches(File.ReadAllText(Page)).Select(match => match.Groups["area"].Value).Order(StringComparer.Ordinal));

    [Fact]
    public void Results_of_each_processor_lie_in_a_folder_of_its_own() => Assert.Empty(Directory.GetFiles(Results, "*.json"));

    // One table for each processor that the area was measured on.
    private static string Table(string area)
    {
        StringBuilder text = new();
        foreach (string folder in Directory.GetDirectories(Results).Order(StringComparer.Ordinal))
        {
            string file = Path.Combine(folder, $"{area}.json");
            if (File.Exists(file))
            {
                text.Append(text.Length == 0 ? "" : "\n");
                Append(text, file);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement root = document.RootElement;
        text.Append(
            CultureInfo.InvariantCulture,
            $"{root.GetProperty("machine").GetString()}; {root.GetProperty("python").GetString()}; .NET "
                + $"{root.GetProperty("dotnet").GetString()}; ");
        text.Append(
            CultureInfo.InvariantCulture,
            $"commit {root.GetProperty("commit").GetString()}; threads: {root.GetProperty("threads").GetString()}; "
                + $"{root.GetProperty("repeats").GetInt32()} interleaved repeats.\n\n");
        JsonElement rows = root.GetProperty("rows");
        text.Append(rows.GetArrayLength() > 0 ? "| measure | ratio |\n| --- | ---: |\n" : "");
        foreach (JsonElement row in rows.EnumerateArray())
        {
            double ratio = row.GetProperty("ratio").GetDouble();
            text.Append(CultureInfo.InvariantCulture, $"| {row.GetProperty("name").GetString()} | {ratio:G4} |\n");
        }
    }

    [GeneratedRegex(@"<!-- results: (?<area>[\w-]+) -->\n(?:.*?)<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Marked();
}
