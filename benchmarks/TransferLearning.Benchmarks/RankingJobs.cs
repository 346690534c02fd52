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

    private static readonly double[] Limits = [0.8, 0.9, 0.95];

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly (string Name, Func<RankedModel, double?> Of)[] Measures =
    [
        ("linear probe", row => row.ProbeAccuracy),
        ("ridge", row => row.RidgeAccuracy),
        ("k-NN", row => row.NeighborsAccuracy),
        ("nearest class mean", row => row.ClassMeanAccuracy),
        ("LogME", row => row.Scores.LogMe),
        ("LogME as published", row => row.Scores.PublishedLogMe),
        ("LEEP", row => row.Scores.Leep),
        ("NCE", row => row.Scores.Nce),
        ("H-score", row => row.Scores.HScore),
        ("regularised H-score", row => row.Scores.RegularizedHScore),
        ("TransRate", row => row.Scores.TransRate),
        ("GBC", row => row.Scores.Separation),
        ("number of parameters", row => row.Parameters),
    ];

    /// <summary>ranking-tune DATA ROWS RATE: fine-tunes each network on each task and appends a line of JSON for each pair; pairs that ROWS
    /// has already are left out, so it may be stopped and started again.</summary>
    public static string Tune(string[] arguments)
    {
        LibTorch.Configure(new RuntimeOptions { Threads = 1 });
        (string data, string file, double rate) = (arguments[0], arguments[1], double.Parse(arguments[2], CultureInfo.InvariantCulture));
        HashSet<(string, string, double)> done = [.. Rows<TunedRow>(file).Select(row => (row.Backbone, row.Task, row.Rate))];
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

        return JsonSerializer.Serialize(new { rows = Rows<TunedRow>(file).Count });
    }

    /// <summary>ranking-scores DATA ROWS: what the advisor says of each network on the training images of each task, a line of JSON for
    /// each pair; those that ROWS has already are left out.</summary>
    public static string Score(string[] arguments)
    {
        LibTorch.Configure(new RuntimeOptions { Threads = 1 });
        (string data, string file) = (arguments[0], arguments[1]);
        HashSet<(string, string)> done = [.. Rows<ScoredRow>(file).Select(row => (row.Backbone, row.Task))];
        foreach (RankedTask task in Tasks)
        {
            (Dataset train, Dataset test) = Open(data, task);
            foreach (RankedBackbone backbone in Backbones.Where(backbone => !done.Contains((backbone.Name, task.Name))))
            {
                ModelCandidate candidate = new(backbone.Name, () => Load(data, backbone, task));
                using FeatureCache cache = new();
                ModelRankingOptions options = new()
                {
                    TimedSteps = 0,
                    Seed = 1,
                    Features = new FeatureOptions { Workers = 1, Cache = cache },
                };
                RankedModel row = ModelAdvisor.Rank(train, [candidate], options).Best;
                using ImageModel probe = Load(data, backbone, task).ReplaceHead(train.ClassNames.Count);
                probe.Probe(train, new LogisticProbe { C = row.ProbeStrength }, options.Features);
                double onTest = probe.Evaluate(test, new EvaluateOptions { Workers = 1 }).Accuracy!.Value;
                File.AppendAllText(file, JsonSerializer.Serialize(new ScoredRow(backbone.Name, task.Name, onTest, row)) + "\n");
                Console.Error.WriteLine($"{backbone.Name} on {task.Name}: {row.ProbeAccuracy:P1}, on test images {onTest:P1}");
            }
        }

        return JsonSerializer.Serialize(new { rows = Rows<ScoredRow>(file).Count });
    }

    /// <summary>ranking TUNED SCORED COMMIT: the file of results, from the rows of both jobs. Of each pair the best rate counts.</summary>
    public static string Summarize(string[] arguments)
    {
        ILookup<(string, string), TunedRow> tuned = Rows<TunedRow>(arguments[0]).ToLookup(row => (row.Backbone, row.Task));
        RankedPair[] pairs =
        [
            .. Rows<ScoredRow>(arguments[1])
                .Where(row => tuned.Contains((row.Backbone, row.Task)))
                .Select(row => new RankedPair(row, [.. tuned[(row.Backbone, row.Task)].OrderBy(one => one.Rate)])),
        ];
        RankedPair[] pretrained = [.. pairs.Where(pair => !pair.IsRandom)];
        ScoreCorrelation[] correlations = [.. Correlations(pairs, "all"), .. Correlations(pretrained, "pretrained only")];
        return JsonSerializer.Serialize(
            new
            {
                machine = "2 cores of AMD EPYC, Linux",
                commit = arguments[2],
                python = "no Python",
                dotnet = Environment.Version.ToString(),
                threads = "1",
                repeats = 1,
                recipe = "six epochs of AdamW on one cycle, batch 16, shifted and mirrored images, weights of the last step, seed 1; where "
                    + "a pair was tuned at several rates, the best counts",
                rows = correlations.Select(one => new { name = $"{one.Score}, {one.Networks}: weighted tau", ratio = one.WeightedTau }),
                correlations,
                probeOrFineTune = Limits.Select(limit => new
                {
                    limit,
                    whereTheProbeFitsLess = Outcome(pretrained.Where(pair => pair.Row.Rank.ProbeTrainingAccuracy < limit)),
                    whereItFitsMore = Outcome(pretrained.Where(pair => pair.Row.Rank.ProbeTrainingAccuracy >= limit)),
                    whereItIsLessAccurate = Outcome(pretrained.Where(pair => pair.Row.Rank.ProbeAccuracy < limit)),
                    whereItIsMoreAccurate = Outcome(pretrained.Where(pair => pair.Row.Rank.ProbeAccuracy >= limit)),
                }),
                pairs = pairs.Select(pair => new
                {
                    backbone = pair.Row.Backbone,
                    task = pair.Row.Task,
                    fineTuned = pair.Accuracy,
                    atEachRate = pair.Tuned.Select(row => new { row.Rate, row.Accuracy, row.Seconds }),
                    trainImages = pair.Tuned[0].TrainImages,
                    testImages = pair.Tuned[0].TestImages,
                    probeOnTest = pair.Row.ProbeOnTest,
                    ranked = pair.Row.Rank,
                }),
            },
            Indented);
    }

    private static object Outcome(IEnumerable<RankedPair> pairs)
    {
        double[] gains = [.. pairs.Select(pair => pair.Accuracy - pair.Row.ProbeOnTest)];
        return new
        {
            pairs = gains.Length,
            fineTuningWins = gains.Count(gain => gain > 0),
            probeWins = gains.Count(gain => gain < 0),
            meanGain = gains.Length == 0 ? 0 : gains.Average(),
        };
    }

    // For each score the correlation with the fine-tuned accuracy over the networks of a task, and the mean over the tasks.
    private static IEnumerable<ScoreCorrelation> Correlations(RankedPair[] pairs, string networks)
    {
        foreach ((string score, Func<RankedModel, double?> of) in Measures)
        {
            List<(int Count, double Tau, double Spearman, double Pearson)> each = [];
            RankedPair[] scored = [.. pairs.Where(pair => of(pair.Row.Rank) is not null)];
            foreach (IGrouping<string, RankedPair> task in scored.GroupBy(pair => pair.Row.Task))
            {
                double[] x = [.. task.Select(pair => of(pair.Row.Rank)!.Value)], y = [.. task.Select(pair => pair.Accuracy)];
                each.Add((x.Length, RankCorrelation.WeightedTau(x, y), RankCorrelation.Spearman(x, y), RankCorrelation.Pearson(x, y)));
            }

            yield return new ScoreCorrelation(
                score,
                networks,
                each.Sum(task => task.Count),
                each.Average(task => task.Tau),
                each.Average(task => task.Spearman),
                each.Average(task => task.Pearson),
                each.Min(task => task.Tau),
                each.Max(task => task.Tau));
        }
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

    private static List<T> Rows<T>(string file)
        => File.Exists(file) ? [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize<T>(line)!)] : [];

    private sealed record RankedBackbone(string Name, string? File, string Architecture, int? Side = null);

    private sealed record RankedTask(string Name, int Side);

    private sealed record TunedRow(
        string Backbone, string Task, double Rate, double Accuracy, double TrainingLoss, double Seconds, int TrainImages, int TestImages);

    private sealed record ScoreCorrelation(
        string Score, string Networks, int Pairs, double WeightedTau, double Spearman, double Pearson, double LowestTau, double HighestTau);

    private sealed record ScoredRow(string Backbone, string Task, double ProbeOnTest, RankedModel Rank);

    private sealed record RankedPair(ScoredRow Row, TunedRow[] Tuned)
    {
        public double Accuracy => Tuned.Max(row => row.Accuracy);

        public bool IsRandom => Row.Backbone.EndsWith("random", StringComparison.Ordinal);
    }
}
