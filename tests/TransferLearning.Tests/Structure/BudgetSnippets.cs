using Microsoft.Extensions.Logging;

namespace TransferLearning.Tests;

/// <summary>The code blocks on budgets and sweeps, where the compiler sees them.</summary>
internal static class BudgetSnippets
{
    public static void Budget(ImageModel model, Dataset training, Dataset validation, ILogger logger)
    {
        // snippet: training-budget
        TrainingHistory history = model.FineTune(training, new AdamW(1e-3), new FineTuneOptions
        {
            Epochs = 50, // at most
            Validation = validation,
            Schedule = new CosineSchedule(),
            TimeLimit = TimeSpan.FromMinutes(20),
            MaxMemory = 4L << 30,
            Logger = logger,
        });
        Console.WriteLine(history.Plan); // what was chosen, and why
        // end
    }

    public static void Search(Dataset training, Dataset validation)
    {
        // snippet: sweep
        SweepOptions options = new()
        {
            Axes =
            [
                SweepAxis.LearningRateBetween(1e-5, 1e-1), // each power of ten is as likely
                SweepAxis.WeightDecay(0, 0.01, 0.1),
                SweepAxis.Recipes(("head", new FeatureExtractionRecipe()), ("LP-FT", new LpFtRecipe()), ("all at once", null)),
                SweepAxis.Of("batch", [16, 64], (setup, size) => setup with { Options = setup.Options with { BatchSize = size } }),
            ],
            MaximumEpochs = 27,
            Training = new FineTuneOptions { Schedule = new CosineSchedule() },
            File = "sweeps/bees.jsonl", // call it again after a crash, and it resumes
        };
        SweepResult result = Sweep.Run(() => Pretrained.ResNet18().ReplaceHead(training.ClassNames.Count), training, validation, options);
        Console.WriteLine(result); // a row for each trial, and what to take
        // end
    }
}
