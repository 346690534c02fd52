using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;

namespace TransferLearning.Reports;

/// <summary>What can be said of a model, its training and the machine without running anything.</summary>
internal static class ModelFacts
{
    /// <summary>What the model is.</summary>
    public static IReadOnlyList<(string Name, string? Value)> OfModel(TransferModel model)
    {
        ImageModel? images = model as ImageModel;
        long all = model.Module.parameters().Sum(parameter => parameter.numel());
        return
        [
            ("architecture", model.Architecture),
            ("task", model.LearningTask.Name),
            ("classes", model.Classes == 0 ? null : Whole(model.Classes)),
            ("parameters", Whole(all)),
            ("trainable parameters", $"{Whole(model.TrainableParameters)} ({Share(model.TrainableParameters, all)})"),
            ("LoRA weights", model.HasLora ? "yes" : null),
            ("statistics of batch norms", model.FreezesStatistics ? "frozen" : null),
            ("published weights it began with", images?.Weights?.ToString()),
            ("preprocessing", SafeText.Message(model.Preprocessor.Fingerprint)),
            ("device", model.Device.ToString()),
        ];
    }

    /// <summary>How it was trained, as far as that was given.</summary>
    public static IReadOnlyList<(string Name, string? Value)> OfTraining(
        FineTuneOptions? options, Optimizer? optimizer, TrainingHistory? history)
    {
        double seconds = history?.Seconds ?? 0;
        return
        [
            ("optimizer", optimizer?.ToString()),
            ("schedule of the learning rate", options?.Schedule.ToString()),
            ("epochs", options is null ? null : Whole(options.Epochs)),
            ("batch size", options is null ? null : Whole(options.BatchSize)),
            ("seed", options?.Seed.ToString(CultureInfo.InvariantCulture)),
            ("loss", options?.Loss?.ToString()),
            ("clipping", options?.Clipping?.ToString()),
            ("number type", options?.Precision.ToString()),
            ("batches a step", options is { AccumulationSteps: > 1 } ? Whole(options.AccumulationSteps) : null),
            ("mean of the weights", options?.Average?.ToString()),
            ("patience", options?.Patience?.ToString(CultureInfo.InvariantCulture)),
            ("training preprocessing", options?.Preprocessor is { } given ? SafeText.Message(given.Fingerprint) : null),
            ("ended because", history is null ? null : Words(history.StopReason)),
            ("weights of epoch", history is null ? null : Whole(history.BestEpoch)),
            ("trained parameters", history is null ? null : Whole(history.TrainedParameters)),
            ("optimizer steps", history is null ? null : Whole(history.Steps)),
            ("time", history is null ? null : string.Create(CultureInfo.InvariantCulture, $"{seconds:N1} s")),
            ("speed", history is { Epochs: [.., var last] }
                ? string.Create(CultureInfo.InvariantCulture, $"{last.SamplesPerSecond:N0} samples a second in the last epoch")
                : null),
            ("samples skipped", history is { Skipped.Count: > 0 } ? Whole(history.Skipped.Count) : null),
        ];
    }

    /// <summary>With what it ran.</summary>
    public static IReadOnlyList<(string Name, string? Value)> OfVersions() =>
    [
        ("TransferLearning", VersionOf(typeof(TransferModel).Assembly)),
        ("TransferLearning.Reports", VersionOf(typeof(ModelFacts).Assembly)),
        ("TorchSharp", VersionOf(typeof(torch).Assembly)),
        ("LibTorch", torch.__version__),
        (".NET", RuntimeInformation.FrameworkDescription),
        ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores"),
    ];

    /// <summary>The parts of a network from the input to the head: their parameters, and how many of them training would change.</summary>
    public static IReadOnlyList<(string Name, long Parameters, long Trained)> PartsOf(Network network)
    {
        (string Name, Func<string, bool> Holds)[] parts =
            [.. network.Stages.Select(stage => (stage.Name, (Func<string, bool>)stage.Holds)), ("head", network.IsInHead)];
        Dictionary<string, (long All, long Trained)> sums = [];
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            string part = parts.FirstOrDefault(part => part.Holds(name)).Name ?? "other";
            (long all, long trained) = sums.GetValueOrDefault(part);
            long size = parameter.numel();
            sums[part] = (all + size, trained + (parameter.requires_grad ? size : 0));
        }

        return
        [
            .. parts.Select(part => part.Name).Append("other")
                .Where(sums.ContainsKey)
                .Distinct()
                .Select(part => (part, sums[part].All, sums[part].Trained))
        ];
    }

    /// <summary>A whole number with its thousands apart.</summary>
    public static string Whole(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A part of a whole in per cent.</summary>
    public static string Share(long part, long whole)
        => string.Create(CultureInfo.InvariantCulture, $"{(whole == 0 ? 0 : part / (double)whole):P1}");

    private static string Words(StopReason reason) => reason switch
    {
        StopReason.Completed => "all epochs were done",
        StopReason.Cancelled => "it was cancelled",
        StopReason.NoImprovement => "the validation result stopped improving",
        _ => reason.ToString(),
    };

    private static string VersionOf(Assembly assembly)
        => assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
