using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace TransferLearning.Benchmarks;

/// <summary>Whole jobs that are compared with Python's: each prints what it took.</summary>
internal static class Jobs
{
    public static string Run(string name, string[] arguments) => name switch
    {
        "train-resnet18-32" => TrainResNet18(int.Parse(arguments[0], CultureInfo.InvariantCulture), arguments[1..]),
        "loading" => LoadingJobs.Once(arguments),
        "memory-epochs" => MemoryJobs.Epochs(int.Parse(arguments[0], CultureInfo.InvariantCulture)),
        "memory-steps" => MemoryJobs.Steps(int.Parse(arguments[0], CultureInfo.InvariantCulture)),
        "growth" => MemoryJobs.Growth(int.Parse(arguments[0], CultureInfo.InvariantCulture)),
        "overhead" => OverheadJobs.Run(
            arguments[0],
            int.Parse(arguments[1], CultureInfo.InvariantCulture),
            int.Parse(arguments[2], CultureInfo.InvariantCulture),
            int.Parse(arguments[3], CultureInfo.InvariantCulture),
            int.Parse(arguments[4], CultureInfo.InvariantCulture)),
        "images" => ImageJobs.OneThread(arguments[0], double.Parse(arguments[1], CultureInfo.InvariantCulture)),
        "images-loader" => ImageJobs.Loader(
            arguments[0], int.Parse(arguments[1], CultureInfo.InvariantCulture), double.Parse(arguments[2], CultureInfo.InvariantCulture)),
        "domain-row" => DomainJobs.Row(arguments),
        "domain-shift" => DomainJobs.Summarize(arguments),
        "evaluation" => EvaluationJobs.Run(arguments[0]),
        "speed-plot" => SpeedPlot.Draw(arguments),
        "probe" => ProbeJobs.Solve(arguments),
        "budget" => BudgetJobs.Run(arguments),
        "ranking-tune" => RankingJobs.Tune(arguments),
        "ranking-scores" => RankingJobs.Score(arguments),
        "ranking" => RankingJobs.Summarize(arguments),
        "methods" => MethodJobs.Run(arguments),
        "methods-missing" => MethodJobs.ListMissing(arguments),
        "methods-summary" => MethodJobs.Summarize(arguments),
        "methods-plot" => MethodJobs.Draw(arguments),
        "methods-one" => MethodJobs.One(arguments),
        "lora" => LoraJobs.Run(arguments),
        "explanations" => ExplanationJobs.Run(arguments),
        "mlnet" => ProbeJobs.BesideMlNet(arguments),
        "all-reduce" => DistributedJobs.AllReduce(arguments),
        "distributed" => DistributedJobs.Train(arguments),
        "distributed-accuracy" => DistributedJobs.Accuracy(arguments),
        "frozen" => FrozenJobs.Run(arguments),
        "division" => DivisionJobs.Run(arguments),
        "speech-frontend" => SpeechJobs.Run(arguments),
        _ when name.StartsWith("speech-", StringComparison.Ordinal) => SpeechNetworkJobs.Run(name, arguments),
        "sound-images" => SoundImages.Draw(arguments[0], arguments[1]),
        "forms" => FormJobs.Run(arguments),
        "optimizer" => OptimizerJobs.Run(arguments),
        "text-features" => DivisionJobs.TextFeatures(arguments),
        _ when name.StartsWith("text-", StringComparison.Ordinal) => TextJobs.Run(name, arguments),
        "serving" => ServingJobs.RunAsync(
            arguments[0], int.Parse(arguments[1], CultureInfo.InvariantCulture), int.Parse(arguments[2], CultureInfo.InvariantCulture))
            .GetAwaiter().GetResult(),
        "load" => Load(arguments[0], arguments[1], arguments[2] == "map"),
        "transfer" => Transfer(arguments[0], arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture)),
        "onnx" => OnnxJobs.Run(arguments),
        "onnx-one" => OnnxJobs.One(arguments),
        "onnx-import" => OnnxImportJobs.Run(arguments),
        "onnx-fuzz" => OnnxFuzzJob.Run(int.Parse(arguments[0], CultureInfo.InvariantCulture)),
        "pybridge" => PyBridgeJobs.Run(arguments[0]),
        "pybridge-one" => PyBridgeJobs.One(arguments[0]),
        "audit" => DataQualityJobs.Audit(arguments),
        "data-quality" => DataQualityJobs.Run(arguments),
        "features" => FeatureJobs.Run(arguments),
        "features-accuracy" => FeatureJobs.Accuracy(arguments[0], arguments[1]),
        _ => throw new ArgumentException($"There is no job '{name}'; see the scripts of benchmarks/compare for those there are."),
    };

    /// <summary>
    /// The tutorial's job: every weight of ResNet-18 at 32 x 32, batches of 100, SGD 0.001/0.9. The first epoch warms up. Ways:
    /// channels-last or measured, bfloat16.
    /// </summary>
    private static string TrainResNet18(int images, string[] ways)
    {
        SeededRandom random = new(1);
        List<Sample> samples = [];
        for (int i = 0; i < images; i++)
        {
            byte[] pixels = new byte[32 * 32 * 3];
            for (int k = 0; k < pixels.Length; k++)
            {
                pixels[k] = (byte)random.NextInt32(256);
            }

            samples.Add(new Sample($"noise {i}", i % 10, new RawImage(32, 32, pixels)));
        }

        using InMemoryDataset dataset = new(samples, [.. Enumerable.Range(0, 10).Select(i => $"{i}")]);
        using TransferModel model = TransferModel.Create("resnet18", 10);
        FineTuneOptions options = new()
        {
            Epochs = 2,
            BatchSize = 100,
            ChannelsLast = ways.Contains("measured") ? null : ways.Contains("channels-last"),
            Precision = ways.Contains("bfloat16") ? Precision.BFloat16 : Precision.Float32,
            Preprocessor = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Resize = 0, Crop = 32 }),
        };
        TrainingHistory history = model.FineTune(dataset, new Sgd(0.001, momentum: 0.9), options);
        return JsonSerializer.Serialize(new { imagesPerSecond = history.Epochs[1].SamplesPerSecond, loss = history.FinalLoss });
    }

    /// <summary>Building a network and filling it from a file.</summary>
    private static string Load(string architecture, string file, bool map)
    {
        LibTorch.Load();
        long before = PeakBytes();
        Stopwatch clock = Stopwatch.StartNew();
        using TransferModel model = Pretrained.Load(architecture, file, new PretrainedOptions { MapFile = map });
        double seconds = clock.Elapsed.TotalSeconds;
        long fileBytes = new FileInfo(file).Length;
        long peakBytes = PeakBytes() - before;
        return JsonSerializer.Serialize(new { seconds, peakBytes, fileBytes, parameters = model.TrainableParameters });
    }

    /// <summary>MobileNetV2 on a folder with train and val: a probe (30 epochs on cached features), and all weights fine-tuned.</summary>
    private static string Transfer(string weights, string images, int epochs)
    {
        using Dataset training = ImageFolder.Open(images, "train");
        using Dataset validation = ImageFolder.Open(images, "val");
        PretrainedOptions fromTensorFlow = new()
        {
            Preprocess = ImagePreprocess.MinusOneToOne,
            Network = new NetworkOptions { TensorFlowPadding = true },
        };
        Stopwatch clock = Stopwatch.StartNew();
        using TransferModel probe = Pretrained.MobileNetV2(weights, fromTensorFlow).ReplaceHead(training.ClassNames.Count);
        probe.Probe(training, new Adam(0.001), new FineTuneOptions { Epochs = 30, BatchSize = 32, Seed = 1 });
        double probeAccuracy = probe.Evaluate(validation).Accuracy!.Value;
        double probeSeconds = clock.Elapsed.TotalSeconds;

        clock.Restart();
        using TransferModel tuned = Pretrained.MobileNetV2(weights, fromTensorFlow).ReplaceHead(training.ClassNames.Count);
        FineTuneOptions options = new() { Epochs = epochs, BatchSize = 32, Seed = 1, Schedule = new CosineSchedule() };
        tuned.FineTune(training, new Sgd(0.003, momentum: 0.9), options);
        double tunedAccuracy = tuned.Evaluate(validation).Accuracy!.Value;
        return JsonSerializer.Serialize(new { probeAccuracy, probeSeconds, tunedAccuracy, tunedSeconds = clock.Elapsed.TotalSeconds });
    }

    /// <summary>The highest resident set of this process so far, which Linux keeps.</summary>
    public static long PeakBytes() => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .First();
}
