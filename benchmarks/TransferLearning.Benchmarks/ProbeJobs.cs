using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>Convex heads: the solver alone beside scikit-learn's, and a whole job beside ML.NET's image featurizer.</summary>
internal static class ProbeJobs
{
    /// <summary>probe FILE C: features and labels of a safetensors file; the objective that is reached, and the time of the second
    /// fit.</summary>
    public static string Solve(string[] arguments)
    {
        using StateDict state = StateDict.Open(arguments[0]);
        using Tensor features = state.Read("features"), labels = state.Read("labels");
        LogisticProbe probe = new() { C = double.Parse(arguments[1], CultureInfo.InvariantCulture), Standardize = false };
        Classification task = new((int)labels.max().item<long>() + 1);
        probe.Fit(features, labels, task).Dispose();
        Stopwatch clock = Stopwatch.StartNew();
        using LinearFit fit = probe.Fit(features, labels, task);
        return JsonSerializer.Serialize(new
        {
            seconds = clock.Elapsed.TotalSeconds,
            objective = fit.Objective,
            iterations = fit.Iterations,
        });
    }

    /// <summary>mlnet WEIGHTS IMAGES: fit on train, evaluate on val, and predict val one by one.</summary>
    public static string BesideMlNet(string[] arguments)
    {
        PretrainedOptions options = new() { AllowUntrainedHead = true };
        options = options with { Preprocess = ModelCatalog.Get("resnet18_cntk").Preprocess with { Resize = 224 } };
        Stopwatch clock = Stopwatch.StartNew();
        using Dataset training = ImageFolder.Open(arguments[1], "train");
        using Dataset validation = ImageFolder.Open(arguments[1], "val");
        using ImageModel model = Pretrained.ResNet18Cntk(arguments[0], options).ReplaceHead(training.ClassNames.Count);
        Precision precision = Enum.Parse<Precision>(arguments[2]);
        LinearProbeResult fit = model.Probe(training, new LogisticProbe(), new FeatureOptions { Precision = precision });
        double fitSeconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        double accuracy = model.Evaluate(validation, new EvaluateOptions { Precision = precision }).Accuracy!.Value;
        double evaluateSeconds = clock.Elapsed.TotalSeconds;
        string[] files = [.. Directory.GetFiles(Path.Combine(arguments[1], "val"), "*.jpg", SearchOption.AllDirectories)];
        model.Predict(files[0]);
        clock.Restart();
        foreach (string file in files)
        {
            model.Predict(file);
        }

        return JsonSerializer.Serialize(new
        {
            fitSeconds,
            evaluateSeconds,
            accuracy,
            predictionsPerSecond = files.Length / clock.Elapsed.TotalSeconds,
            peakBytes = Jobs.PeakBytes(),
            strength = fit.Strength,
            images = training.Count,
        });
    }
}
