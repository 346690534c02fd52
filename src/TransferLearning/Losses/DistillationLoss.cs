namespace TransferLearning;

/// <summary>How far a network's probabilities are from those of another, both softened by a temperature (Hinton et al., "Distilling the
/// Knowledge in a Neural Network", 2015): T² KL(teacher ‖ student) for each example, whose mean is PyTorch's <c>batchmean</c>. The targets
/// are the other network's logits, [N, classes]; only the outputs have a gradient.</summary>
public sealed record DistillationLoss : ElementwiseLoss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="temperature">By what logits are divided before the softmax, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0 and finite.</exception>
    public DistillationLoss(double temperature = 4) => Temperature = ValidNumber.Positive(temperature, nameof(temperature));

    /// <summary>By what logits are divided before the softmax.</summary>
    public double Temperature { get; }

    /// <inheritdoc/>
    internal override LossTargets? Targets => LossTargets.Logits;

    /// <inheritdoc/>
    public override Tensor ComputeEach(Tensor outputs, Tensor targets)
    {
        RequireSameForm(outputs, targets, "The other network's logits");
        using DisposeScope scope = NewDisposeScope();
        Tensor student = nn.functional.log_softmax(outputs.Divide(Temperature), 1);
        Tensor teacher = nn.functional.log_softmax(targets.detach().Divide(Temperature), 1);
        return teacher.exp().mul(teacher.sub(student)).sum(1).Multiply(Temperature * Temperature).MoveToOuterDisposeScope();
    }
}
