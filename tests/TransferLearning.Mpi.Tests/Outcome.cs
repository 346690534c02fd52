namespace Mpi.Tests;

/// <summary>What a process has at the end of a scenario.</summary>
/// <param name="Weights">All trained and frozen parameters.</param>
/// <param name="Statistics">The buffers: what batch norms have learned.</param>
/// <param name="Numbers">Losses, accuracies and counts, as the scenario has them.</param>
/// <param name="Text">What else is to be said.</param>
internal sealed record Outcome(float[] Weights, float[] Statistics, double[] Numbers, string Text)
{
    public static Outcome Of(TransferModel model, TrainingHistory history, string text = "", params double[] more) => new(
        [.. model.Module.parameters().SelectMany(parameter => parameter.data<float>().ToArray())],
        [
            .. model.Module.named_buffers()
                .SelectMany(entry => entry.buffer.to(TorchSharp.torch.ScalarType.Float32).data<float>().ToArray())
        ],
        [
            history.Steps,
            history.Epochs.Count,
            history.BestEpoch,
            history.Skipped.Count,
            .. history.Epochs.SelectMany(epoch => new[] { epoch.Loss, epoch.Accuracy ?? -1, epoch.ValidationLoss ?? -1 }),
            .. more,
        ],
        $"{history.StopReason} {text}".Trim());
}
