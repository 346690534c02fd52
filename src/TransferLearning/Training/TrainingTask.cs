using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>What a trainer needs to know about what it trains.</summary>
/// <param name="Network">The network, already on its device.</param>
/// <param name="Groups">What is trained, in parts that may have rates of their own.</param>
/// <param name="Forward">From a batch's inputs to logits and those of auxiliary heads; the trainer disposes them.</param>
/// <param name="AuxiliaryWeight">How much the loss of each auxiliary head counts.</param>
/// <param name="FreezeStatistics">Whether frozen batch norms keep their statistics.</param>
/// <param name="Validate">Judges the network as it is; null without a validation set.</param>
internal sealed record TrainingTask(
    Network Network,
    IReadOnlyList<ParameterGroup> Groups,
    Func<Tensor, (Tensor Logits, IReadOnlyList<Tensor> Auxiliary)> Forward,
    double AuxiliaryWeight,
    bool FreezeStatistics,
    Func<CancellationToken, (double Loss, double Accuracy)>? Validate);
