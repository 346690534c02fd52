using TransferLearning.Reports;

namespace TransferLearning.Tests;

/// <summary>The code blocks of the page on reports, where the compiler sees them.</summary>
internal static class ReportSnippets
{
    public static void Report(Dataset training, Dataset test)
    {
        // snippet: report
        using TransferModel model = Pretrained.ResNet18().ReplaceHead(training.ClassNames.Count);
        FineTuneOptions options = new() { Epochs = 10, Seed = 1 };
        Sgd optimizer = new(learningRate: 0.001, momentum: 0.9);
        using ConsoleProgress progress = new(); // a bar, or plain lines where there is no terminal
        TrainingHistory history = model.FineTune(training, optimizer, options, progress: progress);
        ModelReport report = model.WriteReport("report.html", test, new ReportOptions
        {
            History = history,
            Training = training,
            FineTuning = options,
            Optimizer = optimizer,
        });
        Console.WriteLine(string.Join('\n', report.Summary));
        // end
    }

    public static void Plots(ImageModel model, TrainingHistory history, Dataset training, Dataset test)
    {
        // snippet: report-plots
        EvaluationResult result = model.Evaluate(test);
        history.SavePlot("curve.png");
        result.SaveConfusionMatrix("confusion.png");
        result.SaveReliability("reliability.png", new PlotOptions { Theme = PlotTheme.Dark });
        training.SaveContactSheet("batch.png"); // what training sees, with ImageNet's preprocessing
        model.SaveContactSheet(training, "batch.png", new ContactSheetOptions { Samples = 6, Draws = 8, Seed = 1 }); // with this model's
        // end
    }

    public static void Card(TransferModel model, ModelReport report)
    {
        // snippet: report-card
        model.Save("bees.tl");
        model.WriteModelCard("README.md", new ModelCardOptions
        {
            Name = "Bees and ants",
            Description = "Recognises bees and ants on photographs.",
            Report = report,
            TrainingData = "240 photographs of our own",
            License = "mit",
            Limits = ["Other insects are taken for one of the two."],
        });
        // end
    }

    public static void Map(TransferModel model, Dataset test)
    {
        // snippet: report-map
        using FeatureSet features = model.ExtractFeatures(test.Shuffle(seed: 1).Take(TSne.MaximumSamples));
        double[][] rows = [.. Enumerable.Range(0, features.Count).Select(row => Array.ConvertAll(features.ToArray(row), x => (double)x))];
        PrincipalComponents components = PrincipalComponents.Of(rows, count: 50);
        IReadOnlyList<double[]> places = TSne.Embed(components.Project(rows), new TSneOptions { Perplexity = 30, Seed = 1 });
        // end

        _ = places;
    }
}
