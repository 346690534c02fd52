namespace TransferLearning;

/// <summary>What <see cref="SmoothGrad"/> averages over its copies.</summary>
public enum SmoothGradAverage
{
    /// <summary>The gradients.</summary>
    Gradients,

    /// <summary>Their squares.</summary>
    Squares,

    /// <summary>Their absolute values.</summary>
    AbsoluteValues,
}
