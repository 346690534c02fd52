namespace TransferLearning;

/// <summary>The mean squared error: PyTorch's <c>nn.MSELoss</c>, and what regression minimises unless another is set.</summary>
public sealed record SquaredErrorLoss : NumberLoss
{
    /// <inheritdoc/>
    private protected override Tensor Each(Tensor outputs, Tensor targets)
        => nn.functional.mse_loss(outputs, targets, nn.Reduction.None);
}
