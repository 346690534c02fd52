namespace TransferLearning;

/// <summary>What Co-Tuning computes (You et al., "Co-Tuning for Transfer Learning", 2020).</summary>
internal static class CoTuningNumbers
{
    /// <summary>The cross entropy of source logits with the source probabilities that a label stands for, [N].</summary>
    /// <param name="logits">What the source's classifier gives, [N, source classes].</param>
    /// <param name="targets">The rows of the relationship for the labels, [N, source classes].</param>
    public static Tensor Each(Tensor logits, Tensor targets)
    {
        using Tensor logarithms = nn.functional.log_softmax(logits, 1);
        using Tensor products = targets.mul(logarithms);
        using Tensor sums = products.sum(1);
        return sums.neg();
    }
}
