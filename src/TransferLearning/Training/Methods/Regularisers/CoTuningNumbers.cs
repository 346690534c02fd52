namespace TransferLearning;

/// <summary>What Co-Tuning computes (You et al., "Co-Tuning for Transfer Learning", 2020).</summary>
internal static class CoTuningNumbers
{
    /// <summary>How new classes relate to those of the source, [classes, source classes]: row t is the mean of the source's probabilities
    /// over the samples of class t.</summary>
    /// <param name="probabilities">[N, source classes].</param>
    /// <param name="labels">[N] int64.</param>
    /// <param name="classes">The number of new classes; each has a sample.</param>
    public static Tensor Relationship(Tensor probabilities, Tensor labels, int classes)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor sums = zeros([classes, probabilities.size(1)], probabilities.dtype, probabilities.device)
            .index_add(0, labels, probabilities, Scalars.One);
        Tensor counts = zeros([classes], probabilities.dtype, probabilities.device)
            .index_add(0, labels, ones([labels.size(0)], probabilities.dtype, probabilities.device), Scalars.One);
        return sums.div(counts.unsqueeze(1)).MoveToOuterDisposeScope();
    }

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
