namespace TransferLearning;

/// <summary>A loss of outputs each of which is a decision of its own: targets are [N, labels] from 0 to 1, in the outputs' type.</summary>
public abstract record LabelLoss : ElementwiseLoss
{
    private protected LabelLoss()
    {
    }

    /// <inheritdoc/>
    internal override LossTargets? Targets => LossTargets.Labels;

    /// <summary>How wrong each output is; intermediate tensors join the caller's dispose scope.</summary>
    private protected abstract Tensor Each(Tensor outputs, Tensor targets);

    /// <inheritdoc/>
    public sealed override Tensor ComputeEach(Tensor outputs, Tensor targets)
    {
        RequireSameForm(outputs, targets, "Labels");
        using DisposeScope scope = NewDisposeScope();
        return Each(outputs, targets).MoveToOuterDisposeScope();
    }

    /// <summary>A mixture of what holds where a label is true and what holds where it is not.</summary>
    private protected static Tensor Either(Tensor targets, Tensor where, Tensor otherwise)
        => targets.mul(where).Add(targets.neg().Add(1L).mul(otherwise));
}
