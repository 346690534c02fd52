namespace TransferLearning;

/// <summary>How unsure predictions are.</summary>
internal static class PredictionEntropy
{
    /// <summary>The entropy of the softmax of each row, in nats; what lies between is in the caller's scope.</summary>
    /// <param name="logits">[n, classes].</param>
    public static Tensor Each(Tensor logits)
    {
        Tensor logarithms = nn.functional.log_softmax(logits, 1);
        return logarithms.exp().mul(logarithms).sum(1).neg();
    }
}
