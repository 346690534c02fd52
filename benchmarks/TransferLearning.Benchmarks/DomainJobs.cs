using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferLearning.Benchmarks;

/// <summary>What a network of CIFAR-10 is worth on images that are worse than those it was trained on, and what helps without
/// labels.</summary>
internal static class DomainJobs
{
    private const int Images = 1000;
    private const int Severity = 5;
    private static readonly string[] Ways = ["plain", "adaptBatchNorms", "statistics", "tent"];

    /// <summary>domain-row DATA NAME: one row, for a corruption (GaussianNoise, …, or clean) or for a method (none, dann, mmd, coral,
    /// coral-means, mcc). DATA has cifar10/ and models/.</summary>
    public static string Row(string[] arguments)
    {
        (string data, string name) = (arguments[0], arguments[1]);
        using Dataset test = ImageFolder.Open(Path.Combine(data, "cifar10", "test.zip"));
        Dataset some = test.Shuffle(1).Take(Images);
        return JsonSerializer.Serialize(
            name == "clean" ? Corrupted(data, name, some)
            : Enum.TryParse(name, out CorruptionKind kind) ? Corrupted(data, name, some.Corrupted(kind, Severity))
            : Adapted(data, name, some));
    }

    /// <summary>domain-shift ROWS: the file of results of a file with one row a line.</summary>
    public static string Summarize(string[] arguments)
    {
        JsonNode[] all = [.. File.ReadLines(arguments[0]).Select(line => JsonNode.Parse(line)!)];
        JsonNode[] worse = [.. all.Where(row => row["statistics"] is not null && row["name"]!.GetValue<string>() != "clean")];
        double Mean(string way) => worse.Average(row => row[way]!.GetValue<double>());
        object Compared(string name, string way) => new { name, ratio = Mean(way) / Mean("plain"), goal = 1, direction = "atLeast" };
        return ResultsFile.Of(
            [
                Compared("mean accuracy on corrupted images with AdaBN, to without", "adaptBatchNorms"),
                Compared("mean accuracy on corrupted images with TENT, to without", "tent"),
            ],
            new
            {
                network = "resnet20 (CIFAR-10)",
                images = Images,
                severity = Severity,
                target = nameof(CorruptionKind.GaussianNoise),
                mean = Ways.ToDictionary(way => way, Mean),
                corruptions = new JsonArray([.. all.Where(row => row["statistics"] is not null).Select(row => row.DeepClone())]),
                methods = new JsonArray([.. all.Where(row => row["statistics"] is null).Select(row => row.DeepClone())]),
            });
    }

    private static ImageModel Model(string data, Dataset named)
        => Pretrained.ResNet20(Path.Combine(data, "models", "resnet20-12fca82f.th")).WithClassNames(named.ClassNames);

    private static object Corrupted(string data, string name, Dataset test)
    {
        using ImageModel model = Model(data, test);
        EvaluateOptions options = new() { BatchSize = 200 };
        double Adapting(int steps) => Accuracy(
            model, test, options with { Adaptation = new EntropyAdaptation { Steps = steps } });
        (double plain, double statistics, double tent) = (Accuracy(model, test, options), Adapting(0), Adapting(1));
        double adaptBatchNorms = Accuracy(model.AdaptBatchNorms(test), test, options);
        return new { name, plain, adaptBatchNorms, statistics, tent };
    }

    /// <summary>Training on clean images with labels beside noisy ones without, which are others than those that are tested.</summary>
    private static object Adapted(string data, string name, Dataset test)
    {
        using Dataset train = ImageFolder.Open(Path.Combine(data, "cifar10", "train.zip"));
        Dataset all = train.Shuffle(1);
        Dataset source = all.Take(Images), target = all.Skip(Images).Take(Images).Corrupted(CorruptionKind.GaussianNoise, Severity);
        Dataset noisy = test.Corrupted(CorruptionKind.GaussianNoise, Severity);
        TrainingMethod[] methods = name switch
        {
            "none" => [],
            "dann" => [new DomainAdversarial(target)],
            "mmd" => [new MaximumMeanDiscrepancy(target)],
            "coral" => [new CorrelationAlignment(target)],
            "coral-means" => [new CorrelationAlignment(target) { WithMeans = true }],
            "mcc" => [new MinimumClassConfusion(target)],
            _ => throw new ArgumentException($"There is no method '{name}'."),
        };
        using ImageModel model = Model(data, test);
        EvaluateOptions options = new() { BatchSize = 200 };
        TrainingHistory history = model.FineTune(
            source, new Sgd(0.01, momentum: 0.9), new FineTuneOptions { Epochs = 2, BatchSize = 50, Seed = 1, Methods = methods });
        (double clean, double direct) = (Accuracy(model, test, options), Accuracy(model, noisy, options));
        double adaptBatchNorms = Accuracy(model.AdaptBatchNorms(target), noisy, options);
        return new { name, clean, direct, adaptBatchNorms, seconds = Math.Round(history.Seconds, 1) };
    }

    private static double Accuracy(ImageModel model, Dataset dataset, EvaluateOptions options)
        => Math.Round(model.Evaluate(dataset, options).Accuracy!.Value, 4);
}
