using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>What a trainer needs to know about what it trains.</summary>
/// <param name="Network">The network, already on its device.</param>
/// <param name="Groups">What is trained, in parts that may have rates of their own.</param>
/// <param name="Compute">From a batch to its loss, inside the dispose scope of the step; the batch stays the trainer's.</param>
/// <param name="FreezeStatistics">Whether frozen batch norms keep their statistics.</param>
/// <param name="Validate">Judges the network as it is; null without a validation set.</param>
internal sealed record TrainingTask(
    nn.Module Network,
    IReadOnlyList<ParameterGroup> Groups,
    Func<IBatch, StepLoss> Compute,
    bool FreezeStatistics,
    Func<CancellationToken, (double Loss, double Accuracy)>? Validate)
{
    /// <summary>
    /// What a checkpoint must have in common with the run that goes on from it, beside options and weights: architecture, data sets,
    /// preprocessing; each a name and its value in words.
    /// </summary>
    public IReadOnlyDictionary<string, string> Identity { get; init; } = new Dictionary<string, string>();
}
