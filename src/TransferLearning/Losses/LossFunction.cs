namespace TransferLearning;

/// <summary>The loss that training minimises, in place of the task's own: <see cref="CrossEntropyLoss"/> is the usual one for classes.
/// Derive a sealed record for another and set <see cref="FineTuneOptions.Loss"/>.</summary>
public abstract record LossFunction
{
    /// <summary>What it learns from; null for a loss from outside, which says so itself when it computes.</summary>
    internal virtual LossTargets? Targets => null;

    /// <summary>How many outputs it has weights for; null for any number.</summary>
    internal virtual int? OutputCount => null;

    /// <summary>Measures how wrong some outputs are.</summary>
    /// <param name="outputs">The network's outputs, [N, outputs]; they stay the caller's.</param>
    /// <param name="targets">The truth as the task gives it; class numbers: [N] int64. They stay the caller's.</param>
    /// <returns>One number with a gradient, the mean over the examples; the caller disposes it.</returns>
    public abstract torch.Tensor Compute(torch.Tensor outputs, torch.Tensor targets);

    /// <summary>How much the mean over a batch counts beside those of other batches in one optimizer step. Default: the number of its
    /// examples; a loss whose mean is weighted says the sum of the weights.</summary>
    /// <param name="targets">The targets of the batch, on the CPU.</param>
    public virtual double Share(torch.Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return targets.size(0);
    }
}
