namespace TransferLearning.Layers;

/// <summary>What all convolutions and batch normalisations of one network have in common.</summary>
internal sealed record ConvNormOptions
{
    /// <summary>What batch normalisation adds to the variance. Default: 1e-5.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The share of a new batch in the running statistics. Default: 0.1.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <summary>Whether strides above 1 pad as TensorFlow does. Default: false.</summary>
    public bool PadAsTensorFlow { get; init; }

    /// <summary>An architecture's own values, where the caller did not set others.</summary>
    public static ConvNormOptions From(NetworkOptions options, double epsilon = 1e-5, double momentum = 0.1)
        => new()
        {
            Epsilon = options.BatchNormEpsilon ?? epsilon,
            Momentum = momentum,
            PadAsTensorFlow = options.TensorFlowPadding ?? false,
        };
}
