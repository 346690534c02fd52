using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Images of a bright colour, the same with hardly any contrast, and a network that was trained on the first kind.</summary>
internal static class ShiftedColours
{
    private static readonly Lazy<string> Trained = new(Train);

    /// <summary>What the network was trained on.</summary>
    public static Dataset Source { get; } = SmallSets.Images(36, SmallSets.Colours);

    /// <summary>Other images, with less contrast.</summary>
    public static Dataset Target { get; } = SmallSets.Images(90, SmallSets.Colours).Skip(36).Corrupted(CorruptionKind.Contrast, 5);

    /// <summary>The network, trained anew for nobody; the caller disposes it.</summary>
    public static ImageModel Model() => TransferLearning.ImageModel.Load(Trained.Value);

    public static float[] Weights(TransferModel model)
        => [.. model.Module.State().SelectMany(entry => entry.Value.to(torch.ScalarType.Float32).data<float>().ToArray())];

    private static string Train()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        model.FineTune(
            Source, new Sgd(0.05, momentum: 0.9), new FineTuneOptions { Epochs = 6, BatchSize = 12, Seed = 1, Workers = 0 });
        TemporaryFolder folder = new(); // lives as long as the process
        string file = Path.Combine(folder.Path, "colours.tl");
        model.Save(file);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return file;
    }
}
