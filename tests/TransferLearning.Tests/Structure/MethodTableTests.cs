using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TransferLearning.Tests;

/// <summary>What the page of methods says was measured is what the file of results holds.</summary>
public sealed partial class MethodTableTests
{
    private static readonly string Page = Path.Combine(SourceTree.Root, "docs", "methods.md");
    private static readonly JsonElement[] Machines =
    [
        .. Directory.GetFiles(Path.Combine(SourceTree.Root, "benchmarks", "results"), "methods.json", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement),
    ];

    private static IEnumerable<JsonElement> Methods => Machines.SelectMany(machine => machine.GetProperty("methods").EnumerateArray());

    [Fact]
    public void The_table_and_what_does_not_pay_are_the_file_of_results()
    {
        string text = File.ReadAllText(Page);
        string expected = Marked().Replace(text, match => $"<!-- {match.Groups["what"].Value} -->\n{(match.Groups["what"].Value switch
        {
            "methods" => string.Join("\n", Machines.Select(Table)),
            "best methods" => Best(),
            _ => Useless(),
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
        => Assert.All(
            Methods,
            method => Assert.True(method.GetProperty("Seeds").GetInt32() >= 3, Text(method, "Task") + ": " + Text(method, "Method")));

    private static string Table(JsonElement results)
    {
        StringBuilder text = new(
            $"Measured on {Text(results, "machine")}:\n\n"
                + "| task | method | source | accuracy, % | to fine-tuning | corrupted, % | trained parameters | seconds | of a processor "
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

    // The three most accurate of each task. What was measured on several machines is taken from the one with more of the task.
    private static string Best()
    {
        const int Shown = 3;
        StringBuilder text = new("| task | most accurate | fine-tuning | head, cached features |\n| --- | --- | ---: | ---: |\n");
        foreach (JsonElement task in Machines[0].GetProperty("tasks").EnumerateArray())
        {
            JsonElement[] here =
            [
                .. Machines
                    .Select(machine => machine.GetProperty("methods").EnumerateArray()
                        .Where(one => Text(one, "Task") == task.GetProperty("name").GetString()).ToArray())
                    .OrderByDescending(methods => methods.Length)
                    .SelectMany(methods => methods)
                    .DistinctBy(one => Text(one, "Method"))
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

    // On no task of any machine.
    private static string Useless()
        => string.Concat(
            Methods.Where(one => Text(one, "Method") != "fine-tuning").GroupBy(one => Text(one, "Method"))
                .Where(tries => tries.All(one => Text(one, "Pays").Length == 0))
                .Select(tries => $"- {tries.Key}\n"));

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
