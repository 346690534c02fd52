namespace TransferLearning.Reports.Tests;

/// <summary>A tiny model and its report, trained for a moment on images of plain colours; made once for all tests.</summary>
internal static class Pocket
{
    /// <summary>Names that would do harm, were they not escaped.</summary>
    public static readonly string[] HarmfulNames = ["<script>alert(1)</script>", "a \"quoted\" & 'single' class", "] (x) | `y` *z*"];

    private static readonly Lazy<ModelReport> Made = new(Make);

    /// <summary>An audit without labels: on a handful of plain images the probe for them takes longest of all.</summary>
    public static AuditOptions WithoutProbe { get; } = new() { LabelIssues = null };

    public static ModelReport Report => Made.Value;

    public static ReportOptions Options(TrainingHistory history, Dataset training) => new()
    {
        History = history,
        Training = training,
        FineTuning = new FineTuneOptions { Epochs = 2, Seed = 3 },
        Optimizer = new Sgd(0.001),
        TSne = new TSneOptions { Iterations = 60 },
        Mistakes = 5,
        MapSamples = 40,
        Audit = WithoutProbe,
    };

    public static (ImageModel Model, TrainingHistory History) Train(Dataset training)
    {
        ImageModel model = ImageModel.Create("resnet20", training.ClassNames.Count, seed: 1);
        FineTuneOptions options = new() { Epochs = 2, BatchSize = 16, Seed = 3, Validation = training };
        return (model, model.FineTune(training, new Sgd(0.001), options));
    }

    /// <summary>A model that knows the names of its classes and nothing else.</summary>
    public static ImageModel Untrained(params string[] classNames)
        => ImageModel.Create("resnet20", classNames.Length, seed: 1).WithClassNames(classNames);

    private static ModelReport Make()
    {
        using Dataset images = Examples.Images(60, HarmfulNames);
        (ImageModel model, TrainingHistory history) = Train(images);
        using (model)
        {
            return model.CreateReport(images, Options(history, images));
        }
    }
}
