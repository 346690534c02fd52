using TorchSharp;

namespace TransferLearning;

/// <summary>What training makes small. <see cref="CrossEntropyLoss"/> is the usual one; derive a sealed record for another.</summary>
public abstract record LossFunction
{
    /// <summary>Measures how wrong some outputs are.</summary>
    /// <param name="logits">The network's outputs, [N, classes]; stays the caller's.</param>
    /// <param name="labels">The truth: class numbers, [N] int64; stays the caller's.</param>
    /// <returns>One number with a gradient, the mean over the examples; the caller disposes it.</returns>
    public abstract torch.Tensor Compute(torch.Tensor logits, torch.Tensor labels);
}
