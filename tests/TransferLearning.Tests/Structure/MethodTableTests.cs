using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TransferLearning.Tests;

/// <summary>What the page of methods says was measured is what the file of results holds.</summary>
public sealed partial class MethodTableTests
{
    private static readonly string Page = Path.Combine(SourceTree.Root, "docs", "methods.md");
    private static readonly string Results = Path.Combine(SourceTree.Root, "benchmarks", "results", "amd-epyc", "methods.json");

    [Fact]
    public void The_table_and_what_does_not_pay_are_the_file_of_results()
    {
        using JsonDocument results = JsonDocument.Parse(File.ReadAllText(Results));
        string text = File.ReadAllText(Page);
        string expected = Marked().Replace(text, match => $"<!-- {match.Groups["what"].Value} -->\n{(match.Groups["what"].Value switch
        {
            "methods" => Table(results.RootElement),
            "best methods" => Best(results.RootElement),
            _ => Useless(results.RootElement),
        })}<!-- end -->");
        if (Environment.GetEnvironmentVariable("TRANSFERLEARNING_WRITE_DOCS") == "1")
        {
            File.WriteAllText(Page, expected);
        }

        Assert.Equal(expected, File.ReadAllText(Page));
        Assert.Equal(3, Marked().Count(text));
    }

    [Fact]
    public void Every_method_has_three_seeds_on_every_task()
    {
        using JsonDocument results = JsonDocument.Parse(File.ReadAllText(Results));
        Assert.All(
            results.RootElement.GetProperty("methods").EnumerateArray(),
            method => Assert.True(method.GetProperty("Seeds").GetInt32() >= 3, Text(method, "Task") + ": " + Text(method, "Method")));
    }

    private static string Table(JsonElement results)
    {
        StringBuilder text = new(
            "| task | method | source | accuracy, % | to fine-tuning | corrupted, % | trained parameters | seconds | of a processor "
                + "| peak, MB | pays |\n"
                + "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n");
        foreach (JsonElement one in results.GetProperty("methods").EnumerateArray())
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Text(one, "Task")} | {Text(one, "Method")} | {Text(one, "Source")} "
                    + $"| {Points(one, "Accuracy")} ± {Points(one, "Spread")} | {Gain(one)} | {Points(one, "Shifted")} "
                    + $"| {one.GetProperty("Trained").GetInt64():N0} ({Share(one)}) | {Number(one, "Seconds"):0.0} "
                    + $"| {Number(one, "ProcessorSeconds"):0.0} | {Number(one, "PeakMegabytes"):0} | {Text(one, "Pays")} |\n");
        }

        return text.ToString();
    }

    // The three most accurate of each task.
    private static string Best(JsonElement results)
    {
        const int Shown = 3;
        StringBuilder text = new("| task | most accurate | fine-tuning | head, cached features |\n| --- | --- | ---: | ---: |\n");
        foreach (JsonElement task in results.GetProperty("tasks").EnumerateArray())
        {
            JsonElement[] here =
            [
                .. results.GetProperty("methods").EnumerateArray()
                    .Where(one => Text(one, "Task") == task.GetProperty("name").GetString())
                    .OrderByDescending(one => Number(one, "Accuracy")),
            ];
            if (here.Length > 0)
            {
                IEnumerable<string> best = here.Take(Shown).Select(one => $"{Text(one, "Method")} {Points(one, "Accuracy")}");
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {task.GetProperty("name").GetString()}: {task.GetProperty("says").GetString()} | {string.Join(", ", best)} "
                        + $"| {Of(here, "fine-tuning")} | {Of(here, "head, cached features")} |\n");
            }
        }

        return text.ToString();
    }

    private static string Useless(JsonElement results)
        => string.Concat(results.GetProperty("doesNotPay").EnumerateArray().Select(name => $"- {name.GetString()}\n"));

    private static string Of(JsonElement[] here, string method)
        => here.Where(one => Text(one, "Method") == method).Select(one => Points(one, "Accuracy")).FirstOrDefault("");

    private static string Text(JsonElement one, string name) => one.GetProperty(name).GetString()!;

    private static double Number(JsonElement one, string name) => one.GetProperty(name).GetDouble();

    private static string Points(JsonElement one, string name)
        => one.GetProperty(name).ValueKind == JsonValueKind.Null
            ? ""
            : (100 * Number(one, name)).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Gain(JsonElement one)
        => Text(one, "Method") == "fine-tuning"
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture, $"{100 * Number(one, "Gain"):+0.0;-0.0;0.0} ± {100 * Number(one, "GainSpread"):0.0}");

    private static string Share(JsonElement one)
        => string.Create(CultureInfo.InvariantCulture, $"{100 * Number(one, "TrainedShare"):0.###} %");

    [GeneratedRegex(@"<!-- (?<what>methods|best methods|methods that do not pay) -->\n(?:.*?)<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Marked();
}
