using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Benchmarks;

/// <summary>Every method of the list on every task it makes sense for, with three seeds.</summary>
internal static class MethodJobs
{
    /// <summary>With how many seeds each method is tried.</summary>
    public const int Seeds = 3;

    /// <summary>methods DATA ROWS: everything that ROWS lacks, each method on each task in a process of its own, because the memory that a
    /// process once had stays with it. It may be stopped and started again.</summary>
    public static string Run(string[] arguments)
    {
        foreach ((string task, string method) in Missing(arguments[1]))
        {
            ProcessStartInfo start = new(Environment.ProcessPath!, ["job", "methods-one", arguments[0], arguments[1], task, method]);
            using Process process = Process.Start(start)!;
            process.WaitForExit();
        }

        return JsonSerializer.Serialize(new { rows = Rows(arguments[1]).Count });
    }

    /// <summary>methods-missing ROWS: which methods are still to be tried, a line of task, tabulator, method each.</summary>
    public static string ListMissing(string[] arguments)
        => string.Join('\n', Missing(arguments[0]).Select(one => $"{one.Task}\t{one.Method}"));

    /// <summary>methods-one DATA ROWS TASK METHOD [SEED …]: the seeds of one method on one task that ROWS lacks.</summary>
    public static string One(string[] arguments)
    {
        LibTorch.Configure(new RuntimeOptions { Threads = 1 });
        MethodTask task = MethodTask.All.Single(one => one.Name == arguments[2]);
        TransferMethod method = MethodList.All.Single(one => one.Name == arguments[3]);
        long[] seeds = arguments.Length > 4
            ? [.. arguments[4..].Select(seed => long.Parse(seed, CultureInfo.InvariantCulture))]
            : [.. Enumerable.Range(1, Seeds).Select(seed => (long)seed)];
        HashSet<long> done =
            [.. Rows(arguments[1]).Where(row => row.Task == task.Name && row.Method == method.Name).Select(row => row.Seed)];
        foreach (long seed in seeds.Where(seed => !done.Contains(seed)))
        {
            MethodRow row = Measure(task, method, arguments[0], seed);
            File.AppendAllText(arguments[1], JsonSerializer.Serialize(row) + "\n");
            Console.Error.WriteLine(row);
        }

        return "";
    }

    /// <summary>methods-summary ROWS: the file of results of one machine.</summary>
    public static string Summarize(string[] arguments)
    {
        IReadOnlyList<MethodRow> rows = Rows(arguments[0]);
        IReadOnlyList<MethodSummary> all = MethodSummary.Of(rows);
        return ResultsFile.Of(
            Claims(all),
            new
            {
                tasks = MethodTask.All.Select(task => new { name = task.Name, says = task.Says, epochs = task.Epochs, rate = task.Rate }),
                methods = all,
                doesNotPay = all.GroupBy(one => one.Method)
                    .Where(group => group.Key != MethodList.Baseline && group.All(one => one.Pays.Length == 0))
                    .Select(group => group.Key),
                runs = rows,
            });
    }

    /// <summary>methods-plot RESULTS PLOT: what all machines have in their folders of RESULTS, as SVG.</summary>
    public static string Draw(string[] arguments)
    {
        File.WriteAllText(arguments[1], MethodFigure.Draw(
        [
            .. Directory.GetFiles(arguments[0], "methods.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("methods")
                    .Deserialize<MethodSummary[]>()!),
        ]));
        return "";
    }

    private static IEnumerable<object> Claims(IReadOnlyList<MethodSummary> all)
    {
        foreach (IGrouping<string, MethodSummary> task in all.GroupBy(one => one.Task))
        {
            MethodSummary? Of(string method) => task.SingleOrDefault(one => one.Method == method);
            MethodSummary tuned = Of(MethodList.Baseline)!;
            if (Of(MethodList.CachedHead) is { } cached && Of(MethodList.UncachedHead) is { } uncached)
            {
                yield return new
                {
                    name = $"{task.Key}: a head with the backbone in every epoch, processor's seconds to those on cached features",
                    ratio = uncached.ProcessorSeconds / cached.ProcessorSeconds,
                };
            }

            if (Of(MethodList.Lora) is { } lora)
            {
                yield return new { name = $"{task.Key}: LoRA, accuracy to fine-tuning's", ratio = lora.Accuracy / tuned.Accuracy };
                yield return new { name = $"{task.Key}: LoRA, trained parameters to all", ratio = lora.TrainedShare };
            }

            if (Of(MethodList.LpFt) is { } probed)
            {
                yield return new { name = $"{task.Key}: LP-FT, accuracy to fine-tuning's", ratio = probed.Accuracy / tuned.Accuracy };
                if (probed.Shifted is { } shifted)
                {
                    yield return new
                    {
                        name = $"{task.Key}: LP-FT on corrupted images, accuracy to fine-tuning's",
                        ratio = shifted / tuned.Shifted!.Value,
                    };
                }
            }
        }
    }

    /// <summary>The rows of a file.</summary>
    public static IReadOnlyList<MethodRow> Rows(string file)
        => File.Exists(file) ? [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize<MethodRow>(line)!)] : [];

    private static IEnumerable<(string Task, string Method)> Missing(string file)
    {
        ILookup<(string, string), MethodRow> done = Rows(file).ToLookup(row => (row.Task, row.Method));
        return MethodTask.All
            .SelectMany(task => MethodList.All.Where(method => method.Fits(task)).Select(method => (task.Name, method.Name)))
            .Where(pair => done[pair].Count() < Seeds);
    }

    private static MethodRow Measure(MethodTask task, TransferMethod method, string data, long seed)
    {
        MethodTrial trial = new(task, task.Open(data, seed), data, seed);
        torch.random.manual_seed(seed);
        GC.Collect();
        File.WriteAllText("/proc/self/clear_refs", "5"); // the highest resident set begins anew
        using Process process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        Stopwatch clock = Stopwatch.StartNew();
        using TransferModel model = method.Train(trial);
        double seconds = clock.Elapsed.TotalSeconds;
        process.Refresh();
        double processorSeconds = (process.TotalProcessorTime - before).TotalSeconds;
        long peak = Jobs.PeakBytes();
        EvaluateOptions evaluation = new() { Workers = 1, BatchSize = 50 };
        double accuracy = model.Evaluate(trial.Samples.Test, evaluation).Accuracy!.Value;
        return new MethodRow(
            task.Name,
            method.Name,
            seed,
            accuracy,
            trial.Samples.Shifted is { } shifted ? model.Evaluate(shifted, evaluation).Accuracy : null,
            model.TrainableParameters,
            model.Module.parameters().Sum(parameter => parameter.numel()),
            seconds,
            processorSeconds,
            peak);
    }
}
