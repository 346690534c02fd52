namespace TransferLearning;

/// <summary>How far weights are from where they began.</summary>
internal static class WeightDistance
{
    /// <summary>alpha / 2 · |w − w0|² + beta / 2 · |head|² (Li et al., 2018), one number with a gradient.</summary>
    /// <param name="weights">The weights and where each began.</param>
    /// <param name="head">Weights without a beginning worth staying at.</param>
    /// <param name="alpha">The factor of the distance.</param>
    /// <param name="beta">The factor of the head.</param>
    public static Tensor Of(IEnumerable<(Tensor Weight, Tensor Start)> weights, IEnumerable<Tensor> head, double alpha, double beta)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? sum = null;
        foreach ((Tensor weight, Tensor start) in weights)
        {
            Add(nn.functional.mse_loss(weight, start, nn.Reduction.Sum), alpha);
        }

        foreach (Tensor weight in head)
        {
            Add(weight.Square().sum(), beta);
        }

        return (sum ?? throw new ArgumentException("There are no weights.", nameof(weights))).MoveToOuterDisposeScope();

        void Add(Tensor squares, double factor)
        {
            Tensor term = squares.Multiply(factor / 2);
            sum = sum?.Add(term) ?? term;
        }
    }
}
