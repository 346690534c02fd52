namespace TransferLearning.Keras;

/// <summary>What a stored array is to its layer.</summary>
internal enum KerasRole
{
    Kernel,
    DepthwiseKernel,
    Bias,
    Gamma,
    Beta,
    Mean,
    Variance,
}
