using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Short runs of training for methods and averages.</summary>
internal static class Runs
{
    public static readonly Sgd Rule = new(0.05, momentum: 0.9);

    public static readonly FineTuneOptions Options = new() { Epochs = 3, BatchSize = 6, Seed = 3, Workers = 0 };

    public static Dataset Samples => SmallSets.Images(18, SmallSets.Colours);

    public static ImageModel Model() => TinyStudent.Model(4, SmallSets.Colours);

    /// <summary>What a run leaves in the network.</summary>
    public static float[] Trained(FineTuneOptions options)
    {
        using ImageModel model = Model();
        model.FineTune(Samples, Rule, options);
        return Weights(model);
    }

    public static float[] Weights(TransferModel model)
        => [.. model.Module.State().SelectMany(entry => entry.Value.detach().to(ScalarType.Float32).data<float>().ToArray())];

    /// <summary>A run that is cancelled after every few steps, and resumes from its checkpoint each time.</summary>
    public static float[] InPieces(Func<FineTuneOptions> options, int stepsEach)
    {
        using TemporaryFolder folder = new();
        for (int runs = 0; ; runs++)
        {
            using ImageModel piece = Model();
            using CancellationTokenSource source = new();
            int steps = 0;
            Immediate<TrainingEvent> stop = new(happened =>
            {
                if (happened is TrainingEvent.StepTaken && ++steps == stepsEach)
                {
                    source.Cancel();
                }
            });
            TrainingHistory history = piece.FineTune(
                Samples, Rule, options() with { Observers = [stop] }, folder.Path, cancellationToken: source.Token);
            if (history.StopReason == StopReason.Completed)
            {
                Assert.True(runs > 1);
                return Weights(piece);
            }
        }
    }
}
