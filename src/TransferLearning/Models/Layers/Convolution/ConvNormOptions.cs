namespace TransferLearning.Layers;

/// <summary>What all convolutions and batch normalisations of one network have in common.</summary>
public sealed record ConvNormOptions
{
    /// <summary>What batch normalisation adds to the variance. Default: 1e-5.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The share of a new batch in the running statistics. Default: 0.1.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <summary>Whether strides above 1 pad as TensorFlow does. Default: false.</summary>
    public bool PadAsTensorFlow { get; init; }
}
