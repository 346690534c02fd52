using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Benchmarks;

/// <summary>Training the last stages of a network, random weights: the frozen part in front of them run as it is in every epoch, run in the
/// fastest form without gradients, or computed once.</summary>
internal static class DivisionJobs
{
    private const int Vocabulary = 30522;

    /// <summary>division NETWORK WAY EPOCHS SAMPLES: resnet18 or bert; plain, form or once.</summary>
    public static string Run(string[] arguments)
    {
        string way = arguments[1];
        (int epochs, int count) = (
            int.Parse(arguments[2], CultureInfo.InvariantCulture), int.Parse(arguments[3], CultureInfo.InvariantCulture));
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            bool isText = arguments[0] == "bert";
            using Dataset data = isText ? Texts(count) : Images(count);
            using TransferModel model = isText
                ? Bert(folder).UnfreezeFrom("layer.10")
                : TransferModel.Create("resnet18", 2, seed: 1).UnfreezeFrom("layer4");
            using FeatureCache none = new(new FeatureCacheOptions { MaxMemoryBytes = 0 });
            FineTuneOptions options = new()
            {
                Epochs = epochs,
                BatchSize = isText ? 16 : 32,
                Seed = 1,
                Preprocessor = model.Preprocessor,
                FeatureCache = way == "once" ? null : none,
            };
            Sgd sgd = new(0.001, momentum: 0.9);
            Stopwatch clock = Stopwatch.StartNew();
            TrainingHistory history = way == "plain" ? Plain(model, data, sgd, options) : model.FineTune(data, sgd, options);
            double seconds = clock.Elapsed.TotalSeconds;
            double sum = model.Module.parameters().Where(parameter => parameter.requires_grad)
                .Sum(parameter => parameter.detach().norm().item<float>());
            return JsonSerializer.Serialize(new { seconds, loss = history.FinalLoss, normOfWeights = sum });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>text-features PRECISION TEXTS: what a frozen BERT-base gives for texts of 12 to 40 words, texts a second; random
    /// weights.</summary>
    public static string TextFeatures(string[] arguments)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            using Dataset data = Texts(int.Parse(arguments[1], CultureInfo.InvariantCulture));
            using TextModel model = Bert(folder);
            FeatureOptions options = new() { BatchSize = 16, Precision = Enum.Parse<Precision>(arguments[0]) };
            model.ExtractFeatures(data.Take(options.BatchSize), options).Dispose(); // warms up
            Stopwatch clock = Stopwatch.StartNew();
            using FeatureSet features = model.ExtractFeatures(data, options);
            double seconds = clock.Elapsed.TotalSeconds;
            using FeatureSet exact = model.ExtractFeatures(data, options with { Precision = Precision.Float32 });
            return JsonSerializer.Serialize(new
            {
                textsPerSecond = data.Count / seconds,
                relativeDifference = OptimizedInference.Difference(exact.Features, features.Features),
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TrainingHistory Plain(TransferModel model, Dataset data, Sgd sgd, FineTuneOptions options)
    {
        LoaderOptions reading = LoaderOptions.Reading(options.BatchSize, null, BadSampleHandling.Throw) with { Shuffle = true, Seed = 1 };
        BatchLoader loader = new(data, model.Preprocessor, reading, model.LearningTask);
        List<ParameterGroup> groups = StageGroups.Of(model.Module, model.Module.Stages, "head", null);
        TrainingPlan plan = new(model.LearningTask, new ForwardPass(model.Module, Device.Cpu), groups, true, null);
        using Trainer trainer = new(plan, loader, sgd, options, null);
        return trainer.Run(CancellationToken.None);
    }

    private static InMemoryDataset Images(int count)
    {
        const int Side = 224;
        SeededRandom random = new(1);
        return new InMemoryDataset(
            [
                .. Enumerable.Range(0, count).Select(i =>
                {
                    byte[] pixels = new byte[Side * Side * 3];
                    for (int k = 0; k < pixels.Length; k++)
                    {
                        pixels[k] = (byte)random.NextInt32(256);
                    }

                    return new Sample($"noise {i}", i % 2, new RawImage(Side, Side, pixels));
                }),
            ],
            ["a", "b"]);
    }

    // 12 to 40 words, as questions and short reviews have.
    private static InMemoryDataset Texts(int count)
    {
        SeededRandom random = new(1);
        return new InMemoryDataset(
            [
                .. Enumerable.Range(0, count).Select(i =>
                {
                    IEnumerable<string> words = Enumerable.Range(0, 12 + random.NextInt32(29)).Select(_ => $"w{random.NextInt32(9000)}");
                    return new Sample($"text {i}", i % 2, new TextContent(string.Join(' ', words)));
                }),
            ],
            ["a", "b"]);
    }

    private static TextModel Bert(string folder)
    {
        File.WriteAllLines(
            Path.Combine(folder, "vocab.txt"),
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(0, Vocabulary - 5).Select(i => $"w{i}")]);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"do_lower_case": true, "tokenizer_class": "BertTokenizer"}""");
        return TextModel.Create(TextJobs.BertBase, folder, seed: 1);
    }
}
