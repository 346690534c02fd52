namespace TransferLearning;

/// <summary>How the weights of a new head begin. Biases begin at 0.</summary>
public enum HeadInitialization
{
    /// <summary>N(0, 0.02), as the transfer method prescribes. The default.</summary>
    Normal002,

    /// <summary>PyTorch's default for linear layers: uniform within 1/sqrt(inputs); biases too.</summary>
    PyTorch,

    /// <summary>Glorot and Bengio, 2010: uniform within sqrt(6 / (inputs + outputs)).</summary>
    XavierUniform,

    /// <summary>All zeros: every class is equally likely at first.</summary>
    Zeros,
}
