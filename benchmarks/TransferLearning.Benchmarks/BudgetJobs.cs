using System.Diagnostics;
using System.Globalization;

namespace TransferLearning.Benchmarks;

/// <summary>Whether runs with a limit of time or memory keep to it, and how well their time was predicted: ResNet-18 with random weights on
/// noise.</summary>
internal static class BudgetJobs
{
    /// <summary>budget SECONDS…: for each limit all weights, those from layer4 on, and the head; then memory.</summary>
    public static string Run(string[] arguments)
    {
        LibTorch.Configure(new RuntimeOptions { Threads = 1 });
        List<object> rows = [], runs = [];
        foreach (string limit in arguments)
        {
            foreach (string trained in new[] { "all weights", "from layer4", "the head" })
            {
                Time(double.Parse(limit, CultureInfo.InvariantCulture), trained, rows, runs);
            }
        }

        Memory(rows, runs);
        return ResultsFile.Of(rows, new { runs });
    }

    private static void Time(double limit, string trained, List<object> rows, List<object> runs)
    {
        using NoiseDataset training = new(2000, 64), validation = new(400, 64);
        using ImageModel model = ImageModel.Create("resnet18", 10);
        _ = trained switch
        {
            "all weights" => model,
            "the head" => model.FreezeBackbone(),
            _ => model.UnfreezeFrom("layer4"),
        };
        Stopwatch clock = Stopwatch.StartNew();
        TrainingHistory history = model.FineTune(training, new Sgd(0.001, momentum: 0.9), new FineTuneOptions
        {
            Epochs = 200,
            Validation = validation,
            TimeLimit = TimeSpan.FromSeconds(limit),
            Preprocessor = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Resize = 0, Crop = 64 }),
        });
        double seconds = clock.Elapsed.TotalSeconds;
        string name = string.Create(CultureInfo.InvariantCulture, $"{trained}, limit of {limit} s");
        rows.Add(new { name = $"the run / its limit: {name}", ratio = seconds / limit, goal = 1.0, direction = "down" });
        double? predicted = seconds / history.Plan!.PredictedSeconds;
        rows.Add(new { name = $"the run / its prediction: {name}", ratio = predicted, goal = 1.0, direction = "near" });
        runs.Add(new { name, seconds, history.Steps, reason = history.StopReason.ToString(), plan = history.Plan });
    }

    private static void Memory(List<object> rows, List<object> runs)
    {
        (long free, _) = Peak(null);
        long limit = free * 2 / 3;
        (long bytes, BudgetPlan? plan) = Peak(limit);
        rows.Add(new
        {
            name = "memory of the process / its limit, two thirds of what a batch of 64 takes at 128 x 128",
            ratio = bytes / (double)limit,
            goal = 1.0,
            direction = "down",
        });
        runs.Add(new { name = "memory", free, limit, bytes, plan });
    }

    private static (long Bytes, BudgetPlan? Plan) Peak(long? limit)
    {
        using NoiseDataset training = new(192, 128);
        using ImageModel model = ImageModel.Create("resnet18", 10);
        TrainingHistory history = model.FineTune(training, new Sgd(0.001, momentum: 0.9), new FineTuneOptions
        {
            Epochs = 1,
            BatchSize = 64,
            MaxMemory = limit,
            Observers = [new AtStart(ProcessMemory.ResetPeak)],
            Preprocessor = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Resize = 0, Crop = 128 }),
        });
        return (ProcessMemory.Peak(), history.Plan);
    }

    private sealed class AtStart(Action act) : IProgress<TrainingEvent>
    {
        public void Report(TrainingEvent value)
        {
            if (value is TrainingEvent.Started)
            {
                act();
            }
        }
    }
}
