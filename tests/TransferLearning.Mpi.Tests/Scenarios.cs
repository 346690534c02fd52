using System.Globalization;
using PublicParts.Tests;

namespace Mpi.Tests;

/// <summary>What the tests train: each alone with some batches in a step, and in processes with as many of them together.</summary>
internal static class Scenarios
{
    /// <summary>What one process with all batches learns too, by the same name.</summary>
    public static IReadOnlyDictionary<string, Func<ICollective?, int, Outcome>> Equal { get; }
        = new Dictionary<string, Func<ICollective?, int, Outcome>>
        {
            ["sgd"] = (ranks, batches) => Train(ranks, batches, PocketFamily.Plain, new Sgd(0.1, momentum: 0.9)),
            ["adamw"] = (ranks, batches) => Train(ranks, batches, PocketFamily.Plain, new AdamW(0.01)),
            ["accumulation"] = (ranks, batches) => Train(ranks, 2 * batches, PocketFamily.Plain, new Sgd(0.1, momentum: 0.9)),
            ["clipping"] = (ranks, batches) => Train(
                ranks, batches, PocketFamily.Plain, new AdamW(0.01), options => options with { Clipping = new ClipByNorm(0.05) }),
            ["batch norm"] = (ranks, batches) => Train(ranks, batches, PocketFamily.Normed, new Sgd(0.1, momentum: 0.9)),
            ["weighted classes and a running mean"] = (ranks, batches) => Train(
                ranks,
                batches,
                PocketFamily.Plain,
                new Sgd(0.1),
                options => options with
                {
                    Loss = new CrossEntropyLoss(classWeights: [1, 2, 0.5f]),
                    Average = new ExponentialMovingAverage(0.9),
                    Schedule = new CosineSchedule(),
                }),
            ["frozen backbone"] = (ranks, batches) => Train(ranks, batches, PocketFamily.Normed, new AdamW(0.01), isFrozen: true),
            ["early stopping"] = (ranks, batches) => Train(
                ranks,
                batches,
                PocketFamily.Plain,
                new Sgd(0.1),
                options => options with
                {
                    Epochs = 6,
                    Validation = new PocketImages(20),
                    Patience = 1,
                    EvaluateEvery = 2,
                    Schedule = new StepSchedule(1, 0.001),
                }),
            ["damaged samples"] = (ranks, batches) => Train(
                ranks,
                batches,
                PocketFamily.Plain,
                new Sgd(0.1),
                options => options with { OnBadSample = BadSampleHandling.Skip },
                images: new PocketImages(41, index => Refuse(index is 3 or 17 or (>= 20 and < 24)))),
            ["mixed samples"] = (ranks, batches) => Train(
                ranks, batches, PocketFamily.Plain, new Sgd(0.1, momentum: 0.9), options => options with { Methods = [new Mixing()] }),
            ["mixed features"] = (ranks, batches) => Train(
                ranks,
                batches,
                PocketFamily.Plain,
                new AdamW(0.01),
                options => options with { Methods = [Mixing.OfFeatures(0.4)] },
                isFrozen: true),
            ["near its start"] = (ranks, batches) => Train(
                ranks, batches, PocketFamily.Plain, new Sgd(0.1), options => options with { Methods = [new L2Sp(0.5, 0.1)] }),
            ["text"] = Text,
        };

    public static FineTuneOptions Options { get; } = new() { Epochs = 2, BatchSize = 4, Workers = 0, Seed = 3 };

    /// <summary>Trains one model; of 41 samples in batches of four the last has one, and the last step is not full.</summary>
    public static Outcome Train(
        ICollective? ranks, int batches, string architecture, Optimizer optimizer, Func<FineTuneOptions, FineTuneOptions>? change = null,
        bool isFrozen = false, Dataset? images = null)
    {
        using Dataset dataset = images ?? new PocketImages(41);
        using ImageModel model = Model(architecture, isFrozen ? null : ranks);
        if (isFrozen)
        {
            model.FreezeBackbone();
        }

        FineTuneOptions options = Options with { Communicator = ranks, AccumulationSteps = batches };
        TrainingHistory history = model.FineTune(dataset, optimizer, change?.Invoke(options) ?? options);
        if (architecture != PocketFamily.Plain && !isFrozen)
        {
            return Outcome.Of(model, history); // the statistics of batch norms are a mean over processes, and evaluation depends on them
        }

        EvaluationResult result = model.Evaluate(
            new PocketImages(23), new EvaluateOptions { BatchSize = 5, Workers = 0, Communicator = ranks });
        using FeatureSet features = model.ExtractFeatures(
            new PocketImages(23), new FeatureOptions { BatchSize = 5, Workers = 0, Communicator = ranks });
        double[] more =
        [
            result.Loss, result.Accuracy!.Value, result.Count, result.Report.Scores!.LogLoss, result.Report.Scores.MacroRocAuc!.Value,
            .. features.ToArray(0), .. features.ToArray(22),
        ];
        return Outcome.Of(model, history, more: more);
    }

    public static ImageModel Model(string architecture, ICollective? ranks = null)
        => ImageModel.Create(architecture, 3, seed: 7 + (ranks?.Rank ?? 0)); // what the others begin with does not matter

    private static void Refuse(bool isDamaged)
    {
        if (isDamaged)
        {
            throw new InvalidDataException("It is damaged.");
        }
    }

    private static Outcome Text(ICollective? ranks, int batches)
    {
        using TemporaryFolder folder = new();
        string[] words = ["good", "fine", "bad", "poor", "film", "book", "the", "was"];
        File.WriteAllLines(folder.File("vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words]);
        File.WriteAllText(
            folder.File("tokenizer_config.json"),
            """{"do_lower_case": true, "model_max_length": 32, "tokenizer_class": "BertTokenizer"}""");
        Sample[] samples =
        [
            .. Enumerable.Range(0, 41).Select(i => new Sample(
                string.Create(CultureInfo.InvariantCulture, $"opinion {i}"),
                i % 2,
                new TextContent(
                    string.Join(' ', Enumerable.Repeat("the film was " + words[(i % 2 == 0 ? 2 : 0) + (i / 2 % 2)], 1 + (i % 3)))))),
        ];
        using InMemoryDataset dataset = new(samples, ["bad", "good"]);
        ModelConfig config = ModelConfig.FromPairs(
            KeyValuePair.Create("model_type", (object?)"bag_of_words"),
            KeyValuePair.Create("vocab_size", (object?)16),
            KeyValuePair.Create("hidden_size", (object?)8));
        using TextModel model = TextModel.Create(config, Path.GetDirectoryName(folder.File("vocab.txt"))!, new Classification(2), seed: 2);
        TrainingHistory history = model.FineTune(
            dataset,
            new AdamW(0.02),
            Options with { Communicator = ranks, AccumulationSteps = batches, Clipping = new ClipByNorm(1), Validation = dataset });
        return Outcome.Of(model, history);
    }
}
