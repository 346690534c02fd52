using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace TransferLearning.Benchmarks;

/// <summary>
/// What scores that rank pretrained networks are worth: networks are fine-tuned on tasks by one recipe, and the accuracy on held-out images
/// is compared with the scores that were computed before.
/// </summary>
internal static class RankingJobs
{
    // Name, file of weights (none: random), architecture, input size (0: the task's).
    private static readonly RankedBackbone[] Backbones =
    [
        new("mobilenet_v2 ImageNet", "mobilenet_v2_imagenet.pth", "mobilenet_v2"),
        new("mobilenet_v1_12 ImageNet", "mobilenet_v1_100_backbone.safetensors", "mobilenet_v1_12"),
        new("resnet18_cntk ImageNet", "resnet18_cntk_imagenet_f16.safetensors", "resnet18_cntk"),
        new("inception_v3 moderation", "inception_v3_nsfwjs_f16.safetensors", "inception_v3"),
        new("mobilenet_v2 moderation", "mobilenet_v2_nsfwjs_f16.safetensors", "mobilenet_v2"),
        new("resnet20 CIFAR-10", "resnet20-12fca82f.th", "resnet20", 32),
        new("resnet56 CIFAR-10", "resnet56-4bfd9763.th", "resnet56", 32),
        new("mobilenet_v2 random", null, "mobilenet_v2"),
        new("resnet18_cntk random", null, "resnet18_cntk"),
        new("resnet20 random", null, "resnet20", 32),
    ];

    private static readonly RankedTask[] Tasks =
    [
        new("emoji", 96),
        new("ants and bees", 128),
        new("CIFAR-10", 80),
    ];

    /// <summary>ranking-tune DATA ROWS RATE: fine-tunes each network on each task and appends a line of JSON for each pair; pairs that ROWS
    /// has already are left out, so it may be stopped and started again.</summary>
    public static string Tune(string[] arguments)
    {
        LibTorch.Configure(new RuntimeOptions { Threads = 1 });
        (string data, string file, double rate) = (arguments[0], arguments[1], double.Parse(arguments[2], CultureInfo.InvariantCulture));
        HashSet<(string, string, double)> done = [.. Rows(file).Select(row => (row.Backbone, row.Task, row.Rate))];
        foreach (RankedTask task in Tasks)
        {
            (Dataset train, Dataset test) = Open(data, task);
            foreach (RankedBackbone backbone in Backbones.Where(backbone => !done.Contains((backbone.Name, task.Name, rate))))
            {
                using ImageModel model = Load(data, backbone, task).ReplaceHead(train.ClassNames.Count);
                Stopwatch clock = Stopwatch.StartNew();
                TrainingHistory history = model.FineTune(train, new AdamW(rate), Recipe(model.Preprocess));
                double seconds = clock.Elapsed.TotalSeconds;
                double accuracy = model.Evaluate(test, new EvaluateOptions { Workers = 1 }).Accuracy!.Value;
                TunedRow row = new(backbone.Name, task.Name, rate, accuracy, history.FinalLoss, seconds, train.Count, test.Count);
                File.AppendAllText(file, JsonSerializer.Serialize(row) + "\n");
                Console.Error.WriteLine(row);
            }
        }

        return JsonSerializer.Serialize(new { rows = Rows(file).Count });
    }

    /// <summary>The same for all: six epochs of AdamW on one cycle, shifted and mirrored images.</summary>
    private static FineTuneOptions Recipe(ImagePreprocess preprocess)
    {
        int side = preprocess.Crop;
        return new FineTuneOptions
        {
            Epochs = 6,
            BatchSize = 16,
            Seed = 1,
            Schedule = new OneCycleSchedule(),
            Workers = 1,
            Preprocessor = new ImagePipeline(
                [new Resize(side), new RandomCrop(side, side, side / 8), new RandomHorizontalFlip()],
                side,
                side,
                preprocess.Mean,
                preprocess.Std),
        };
    }

    private static (Dataset Train, Dataset Test) Open(string data, RankedTask task) => task.Name switch
    {
        "emoji" => Parts(Path.Combine(data, "emoji", "emoji.zip")),
        "ants and bees" => Parts(Path.Combine(data, "photos", "hymenoptera.zip")),
        _ => (Some(data, "train.zip", 500), Some(data, "test.zip", 1000)),
    };

    private static (Dataset Train, Dataset Test) Parts(string file) => (ImageFolder.Open(file, "train"), ImageFolder.Open(file, "val"));

    // Some images of CIFAR-10, each class evenly.
    private static Dataset Some(string data, string file, int count)
    {
        ImageFolder all = ImageFolder.Open(Path.Combine(data, "cifar10", file));
        return all.Split((double)count / all.Count, seed: 1).First;
    }

    private static ImageModel Load(string data, RankedBackbone backbone, RankedTask task)
    {
        int side = backbone.Side ?? task.Side;
        ImagePreprocess preprocess = ModelCatalog.Get(backbone.Architecture).Preprocess;
        bool isKeras = backbone.File?.Contains("nsfwjs", StringComparison.Ordinal) == true;
        bool isTensorFlow = isKeras || backbone.Architecture == "mobilenet_v1_12" || backbone.File == "mobilenet_v2_imagenet.pth";
        preprocess = isKeras
            ? preprocess with { Mean = new(0, 0, 0), Std = new(1, 1, 1) }
            : isTensorFlow ? ImagePreprocess.MinusOneToOne : preprocess;
        preprocess = preprocess with { Resize = side, Crop = side, Interpolation = Interpolation.Bilinear };
        PretrainedOptions options = new()
        {
            Preprocess = preprocess,
            Network = new NetworkOptions { TensorFlowPadding = isTensorFlow ? true : null },
            Seed = 1,
        };
        if (backbone.File is { } file)
        {
            return Pretrained.Load(backbone.Architecture, Path.Combine(data, "models", file), options);
        }

        // Random weights come the way a file's do, so that images are prepared alike.
        using ImageModel fresh = ImageModel.Create(backbone.Architecture, 10, seed: 1);
        using StateDict weights = StateDict.FromTensors(fresh.Module.State());
        return Pretrained.Load(backbone.Architecture, weights, options);
    }

    private static List<TunedRow> Rows(string file)
        => File.Exists(file) ? [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize<TunedRow>(line)!)] : [];

    private sealed record RankedBackbone(string Name, string? File, string Architecture, int? Side = null);

    private sealed record RankedTask(string Name, int Side);

    private sealed record TunedRow(
        string Backbone, string Task, double Rate, double Accuracy, double TrainingLoss, double Seconds, int TrainImages, int TestImages);
}
