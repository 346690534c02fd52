using System.Globalization;
using TorchSharp;

namespace TransferLearning.Benchmarks;

/// <summary>How LoRA's options for the questions were chosen: by questions that are neither trained on nor in the test.</summary>
internal static class LoraJobs
{
    private const int FirstSeed = 11;
    private const int Seeds = 4;
    private const int Questions = 1000;

    private const string QueriesAndValues = @".*\.(query|value)";
    private const string ValuesAndDense = @".*\.(value|dense)";
    private const string LastTwo = @".*layer\.[12]\..*";

    // Each with less than a hundredth of the weights.
    private static readonly (string Name, string Pattern, int Rank, double Alpha, double Rate, int Longer)[] Candidates =
    [
        ("queries and values, rank 8, alpha 16", QueriesAndValues, 8, 16, 8, 2),
        ("queries and values, rank 8, alpha 16, three times the epochs", QueriesAndValues, 8, 16, 8, 3),
        ("queries and values, rank 8, alpha 16, half the rate", QueriesAndValues, 8, 16, 4, 2),
        ("queries and values, rank 12, alpha 24", QueriesAndValues, 12, 24, 8, 2),
        ("values and dense, rank 3, alpha 6", ValuesAndDense, 3, 6, 8, 3),
        ("values and dense, rank 3, alpha 6, twice the rate", ValuesAndDense, 3, 6, 16, 3),
        ("values and dense, rank 3, alpha 24", ValuesAndDense, 3, 24, 8, 3),
        ("all linear layers, rank 2, alpha 4", "", 2, 4, 8, 3),
        ("all of the last two layers, rank 4, alpha 8", LastTwo, 4, 8, 8, 3),
    ];

    /// <summary>lora DATA: the file of results.</summary>
    public static string Run(string[] arguments)
    {
        LibTorch.Configure(new RuntimeOptions { Threads = 1 });
        MethodTask task = MethodTask.All.Single(one => one.Name == "questions");
        List<(string Name, double Accuracy, double Share)> rows =
        [
            Measure(task, arguments[0], "fine-tuning", trial => trial.Tune(trial.Fresh())),
        ];
        foreach ((string name, string pattern, int rank, double alpha, double rate, int longer) in Candidates)
        {
            LoraOptions options = new()
            {
                Targets = ["all-linear"],
                TargetPattern = pattern.Length > 0 ? pattern : null,
                Rank = rank,
                Alpha = alpha
            };
            rows.Add(Measure(task, arguments[0], name, trial => trial.TuneAdapter(options, rate, longer)));
        }

        return ResultsFile.Of(
            rows.Skip(1).Select(row => new { name = $"{row.Name}, accuracy to fine-tuning's", ratio = row.Accuracy / rows[0].Accuracy }),
            new { seeds = Seeds, questions = Questions, candidates = rows.Select(row => new { row.Name, row.Accuracy, row.Share }) });
    }

    private static (string Name, double Accuracy, double Share) Measure(
        MethodTask task, string data, string name, Func<MethodTrial, TransferModel> train)
    {
        List<double> accuracies = [];
        double share = 0;
        foreach (long seed in Enumerable.Range(FirstSeed, Seeds))
        {
            MethodTrial trial = new(task, task.Open(data, seed), data, seed);
            torch.random.manual_seed(seed);
            using TransferModel model = train(trial);
            share = (double)model.TrainableParameters / model.Module.parameters().Sum(parameter => parameter.numel());
            EvaluateOptions evaluation = new() { Workers = 1, BatchSize = 50 };
            accuracies.Add(model.Evaluate(trial.Samples.Unlabelled!.Take(Questions), evaluation).Accuracy!.Value);
        }

        string all = string.Join(' ', accuracies.Select(one => one.ToString("F3", CultureInfo.InvariantCulture)));
        Console.Error.WriteLine($"{name}: {accuracies.Average():F4} ({all}), {share:P2}");
        return (name, accuracies.Average(), share);
    }
}
