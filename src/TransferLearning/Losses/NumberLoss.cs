namespace TransferLearning;

/// <summary>A loss of outputs that are numbers: targets are [N, outputs] in the outputs' type.</summary>
public abstract record NumberLoss : ElementwiseLoss
{
    private protected NumberLoss()
    {
    }

    /// <inheritdoc/>
    internal override LossTargets? Targets => LossTargets.Numbers;

    /// <summary>How wrong each output is.</summary>
    private protected abstract Tensor Each(Tensor outputs, Tensor targets);

    /// <inheritdoc/>
    public sealed override Tensor ComputeEach(Tensor outputs, Tensor targets)
    {
        RequireSameForm(outputs, targets, "Targets");
        return Each(outputs, targets);
    }
}
