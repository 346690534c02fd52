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
            Directory.GetFiles(Results, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal),
            Marked().Matches(File.ReadAllText(Page)).Select(match => match.Groups["area"].Value).Order(StringComparer.Ordinal));

    private static string Table(string area)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Results, $"{area}.json")));
        JsonElement root = document.RootElement;
        StringBuilder text = new();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{root.GetProperty("machine").GetString()}; {root.GetProperty("python").GetString()}; .NET "
                + $"{root.GetProperty("dotnet").GetString()}; ");
        text.Append(
            CultureInfo.InvariantCulture,
            $"commit {root.GetProperty("commit").GetString()}; threads: {root.GetProperty("threads").GetString()}; "
                + $"{root.GetProperty("repeats").GetInt32()} interleaved repeats.\n\n");
        text.Append("| measure | ratio | goal | |\n| --- | ---: | --- | --- |\n");
        foreach (JsonElement row in root.GetProperty("rows").EnumerateArray())
        {
            double ratio = row.GetProperty("ratio").GetDouble();
            double goal = row.GetProperty("goal").GetDouble();
            bool atLeast = row.GetProperty("direction").GetString() == "atLeast";
            string verdict = (atLeast ? ratio >= goal : ratio <= goal) ? "" : "not reached";
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {row.GetProperty("name").GetString()} | {ratio:G4} | at {(atLeast ? "least" : "most")} {goal:G4} | {verdict} |\n");
        }

        return text.ToString();
    }

    [GeneratedRegex(@"<!-- results: (?<area>[\w-]+) -->\n(?:.*?)<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Marked();
}
