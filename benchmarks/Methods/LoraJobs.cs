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

    // Each but the last, which says what the frozen pooler costs, with less than a hundredth of the weights.
    private static readonly (string Name, string Pattern, int Rank, double Rate, int Longer, TrainedWeights Besides, string Part)[]
        Candidates =
    [
        ("queries and values, rank 8", QueriesAndValues, 8, 8, 2, TrainedWeights.None, ""),
        ("queries and values, rank 8, biases", QueriesAndValues, 8, 8, 2, TrainedWeights.Biases, ""),
        ("queries and values, rank 8, biases and norms, 3 times the epochs", QueriesAndValues, 8, 8, 3,
            TrainedWeights.Biases | TrainedWeights.Norms, ""),
        ("queries and values, rank 12", QueriesAndValues, 12, 8, 2, TrainedWeights.None, ""),
        ("values and dense, rank 3, 3 times the epochs", ValuesAndDense, 3, 8, 3, TrainedWeights.None, ""),
        ("all linear layers, rank 2, 3 times the epochs", "", 2, 8, 3, TrainedWeights.None, ""),
        ("all linear layers, rank 2, biases and norms, 3 times the epochs", "", 2, 8, 3,
            TrainedWeights.Biases | TrainedWeights.Norms, ""),
        ("queries and values, rank 8, biases, half the rate", QueriesAndValues, 8, 4, 2, TrainedWeights.Biases, ""),
        ("queries and values, rank 8, biases, pooler", QueriesAndValues, 8, 8, 2, TrainedWeights.Biases, "pooler"),
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
        foreach ((string name, string pattern, int rank, double rate, int longer, TrainedWeights besides, string part) in Candidates)
        {
            LoraOptions options = new()
            {
                Targets = ["all-linear"],
                TargetPattern = pattern.Length > 0 ? pattern : null,
                Rank = rank,
                Alpha = 2 * rank,
            };
            rows.Add(Measure(task, arguments[0], name, trial => trial.TuneAdapter(options, rate, longer, besides, part)));
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
