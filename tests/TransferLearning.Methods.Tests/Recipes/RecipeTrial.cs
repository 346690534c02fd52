using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Small models of each modality with the samples to train them on.</summary>
internal static class RecipeTrial
{
    public static FineTuneOptions Options { get; } = new() { Epochs = 2, BatchSize = 6, Seed = 3, Workers = 0 };

    /// <summary>A linear probe that takes milliseconds: nothing is compared, and little is asked of the fit.</summary>
    public static LpFtRecipe LpFt { get; } = new() { Probe = new LogisticProbe { C = 0.1 } };

    public static Dataset Images => SmallSets.Images(18, SmallSets.Colours);

    public static Dataset Others => SmallSets.Images(24, SmallSets.Colours).Subset([.. Enumerable.Range(18, 6)]);

    public static ImageModel ImageModel() => SmallSets.ImageModel(SmallSets.Colours);

    /// <summary>A model and its samples.</summary>
    public static (TransferModel Model, Dataset Samples) Of(string modality, string folder) => modality switch
    {
        "images" => (ImageModel(), Images),
        "texts" => (TinyText.Model(folder, new Classification(2)), TinyText.Opinions(18)),
        _ => (SpeechModel.Create(ToySpeech.Config(), new Classification(3)), Tones.Classes(4)),
    };

    public static string[] Trained(TransferModel model)
        => [.. model.Module.named_parameters().Where(entry => entry.parameter.requires_grad).Select(entry => entry.name)];

    /// <summary>Every number of the network, its buffers too.</summary>
    public static double[] State(TransferModel model)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return
        [
            .. model.Module.State().SelectMany(
                entry => entry.Value.detach().to(torch.ScalarType.Float64).contiguous().data<double>().ToArray()),
        ];
    }

    /// <summary>What does not depend on the clock.</summary>
    public static IEnumerable<object?> Numbers(TrainingHistory history)
        =>
        [
            .. history.Epochs.Select(epoch => epoch with { Seconds = 0, SamplesPerSecond = 0 }), .. history.Evaluations,
            history.Steps, history.BestEpoch, history.StopReason, history.TrainedParameters,
        ];
}
