namespace TransferLearning;

/// <summary>What the bandwidths of Gaussian kernels are multiples of.</summary>
public enum KernelBandwidths
{
    /// <summary>Twice the mean squared distance of all pairs of both batches, those of a row with itself included: the form of the
    /// Transfer-Learning-Library.</summary>
    TwiceMean,

    /// <summary>The mean squared distance of all pairs of different rows (Long et al., "Learning Transferable Features with Deep Adaptation
    /// Networks", 2015, in the form of its authors).</summary>
    MeanOfPairs,

    /// <summary>1: the bandwidths are given.</summary>
    Fixed,
}
