namespace TransferLearning;

/// <summary>How much predictions without labels confuse classes with each other (Jin et al., "Minimum Class Confusion for Versatile Domain
/// Adaptation", 2020).</summary>
internal static class ClassConfusion
{
    /// <summary>The mean over classes of the share of a class's predictions that goes to others; all in the caller's scope.</summary>
    /// <param name="logits">[n, classes].</param>
    /// <param name="temperature">What the logits are divided by.</param>
    /// <returns>The loss; how much each row counts, [n], n together, more where the prediction is sure; and which classes are predicted
    /// together, [classes, classes], rows with the sum 1.</returns>
    public static (Tensor Loss, Tensor Weights, Tensor Confusion) Of(Tensor logits, double temperature)
    {
        Tensor probabilities = logits.Divide(temperature).softmax(1);
        Tensor weights;
        using (no_grad())
        {
            Tensor known = probabilities.detach();
            Tensor sureness = known.mul(known.Add(1e-5).log()).sum(1).exp().Add(1); // 1 + exp(-entropy)
            weights = sureness.div(sureness.sum()).Multiply(logits.size(0));
        }

        Tensor pairs = probabilities.mul(weights.unsqueeze(1)).t().matmul(probabilities);

        // A class that float32 gives no probability at all has no row.
        using Scalar least = 1e-30.ToScalar();
        Tensor confusion = pairs.div(pairs.sum(1, keepdim: true).clamp_min(least));
        return (confusion.sum().sub(confusion.diagonal().sum()).Divide(logits.size(1)), weights, confusion);
    }
}
