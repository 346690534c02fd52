namespace TransferLearning;

/// <summary>How far a sample is from what a model was trained on; larger scores are more like it.</summary>
public enum OutOfDistributionMethod
{
    /// <summary>The logarithm of the sum of the exponentials of the logits, times the temperature (Liu et al., "Energy-based
    /// Out-of-distribution Detection", 2020).</summary>
    Energy,

    /// <summary>The largest probability (Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples in
    /// Neural Networks", 2017).</summary>
    MaximumSoftmax,

    /// <summary>The largest logit (Hendrycks et al., "Scaling Out-of-Distribution Detection for Real-World Settings", 2022).</summary>
    MaximumLogit,

    /// <summary>Minus the squared Mahalanobis distance to the nearest class mean, with one covariance for all classes, of the features that
    /// enter the head (Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks",
    /// 2018).</summary>
    Mahalanobis,

    /// <summary>Minus the distance to the k-th nearest training sample, of features scaled to the length 1 (Sun et al.,
    /// "Out-of-Distribution Detection with Deep Nearest Neighbors", 2022).</summary>
    NearestNeighbors,
}
