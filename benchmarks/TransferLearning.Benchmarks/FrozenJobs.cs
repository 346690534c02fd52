using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace TransferLearning.Benchmarks;

/// <summary>Training the head of a frozen network: the images go through it once, or not at all.</summary>
internal static class FrozenJobs
{
    /// <summary>frozen ARCHITECTURE WEIGHTS IMAGES EPOCHS FOLDER ONEDNN PRECISION: one run; FOLDER is the cache's, or - for none.</summary>
    public static string Run(string[] arguments)
    {
        LibTorch.Configure(new RuntimeOptions { OneDnn = Enum.Parse<OneDnnMode>(arguments[5]) });
        (string architecture, int epochs) = (arguments[0], int.Parse(arguments[3], CultureInfo.InvariantCulture));
        using TransferModel model = Pretrained.Load(architecture, arguments[1]);
        using FeatureCache? cache = arguments[4] == "-" ? null : new FeatureCache(arguments[4]);
        using Dataset training = ImageFolder.Open(arguments[2], "train");
        model.ReplaceHead(training.ClassNames.Count).FreezeBackbone();
        Stopwatch clock = Stopwatch.StartNew();
        Precision precision = Enum.Parse<Precision>(arguments[6]);
        FineTuneOptions options = new() { Epochs = epochs, BatchSize = 32, Seed = 1, FeatureCache = cache, Precision = precision };
        TrainingHistory history = model.FineTune(training, new Sgd(0.001, momentum: 0.9), options);
        double seconds = clock.Elapsed.TotalSeconds;
        return JsonSerializer.Serialize(new
        {
            seconds,
            imagesPerSecond = training.Count * epochs / seconds,
            images = training.Count,
            headSeconds = history.Epochs.Sum(epoch => epoch.Seconds),
            loss = history.FinalLoss,
            oneDnnIsOn = LibTorch.OneDnnIsOn,
        });
    }
}
