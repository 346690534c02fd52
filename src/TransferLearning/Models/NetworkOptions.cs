namespace TransferLearning;

/// <summary>What a caller may change about an architecture before it is built. Null leaves the variant's own value. An option that an
/// architecture does not have is refused, never ignored.</summary>
public sealed record NetworkOptions
{
    /// <summary>The options of the published networks.</summary>
    public static NetworkOptions Default { get; } = new();

    /// <summary>The number of classes. Default: as published, usually 1000.</summary>
    public int? Classes { get; init; }

    /// <summary>How many channels an image has. Default: 3.</summary>
    public int InputChannels { get; init; } = 3;

    /// <summary>The side of the square images a vision transformer is built for, in pixels. Default: as published.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Factor on the number of channels of each layer (MobileNet, MNASNet). Default: 1.</summary>
    public double? WidthMultiplier { get; init; }

    /// <summary>Whether auxiliary classifiers are built (GoogLeNet, Inception v3). Default: as published.</summary>
    public bool? AuxiliaryHeads { get; init; }

    /// <summary>
    /// Whether images normalised for ImageNet are turned to -1..1 inside the network (GoogLeNet, Inception v3). Default: false.
    /// </summary>
    public bool? TransformInput { get; init; }

    /// <summary>Whether the last stage has half the channels (MobileNet V3). Default: false.</summary>
    public bool? ReducedTail { get; init; }

    /// <summary>Whether the last stage dilates its convolutions (MobileNet V3). Default: false.</summary>
    public bool? Dilated { get; init; }

    /// <summary>For the last three stages: whether the convolutions dilate instead of striding (ResNet). Default: none.</summary>
    public IReadOnlyList<bool>? ReplaceStrideWithDilation { get; init; }

    /// <summary>Whether the stride of a bottleneck block lies in its first, 1x1 convolution, as in the paper and in Keras ("V1"), instead
    /// of in the 3x3 (ResNet of 50 layers and more). Default: false.</summary>
    public bool? StrideInFirstConvolution { get; init; }

    /// <summary>Whether the borders of maps are treated as TensorFlow does, which weights from there need: strided convolutions pad below
    /// and right, and average pools leave padding out of the mean. Default: false.</summary>
    public bool? TensorFlowPadding { get; init; }

    /// <summary>
    /// The epsilon of batch normalisation, which weights from elsewhere may need (Keras: 1e-3). Default: the architecture's.
    /// </summary>
    public double? BatchNormEpsilon { get; init; }

    /// <summary>
    /// What all convolutions and batch normalisations have in common: an architecture's own values, where the caller did not set others.
    /// </summary>
    internal ConvNormOptions ConvNorm(double epsilon = 1e-5, double momentum = 0.1)
        => new() { Epsilon = BatchNormEpsilon ?? epsilon, Momentum = momentum, PadAsTensorFlow = TensorFlowPadding ?? false };

    /// <summary>The names of the options that differ from the published network, other than the number of classes and channels.</summary>
    internal IEnumerable<string> Changed()
    {
        (string Name, object? Value)[] all =
        [
            (nameof(ImageSize), ImageSize), (nameof(WidthMultiplier), WidthMultiplier), (nameof(AuxiliaryHeads), AuxiliaryHeads),
            (nameof(TransformInput), TransformInput), (nameof(ReducedTail), ReducedTail), (nameof(Dilated), Dilated),
            (nameof(ReplaceStrideWithDilation), ReplaceStrideWithDilation), (nameof(StrideInFirstConvolution), StrideInFirstConvolution),
            (nameof(TensorFlowPadding), TensorFlowPadding), (nameof(BatchNormEpsilon), BatchNormEpsilon),
        ];
        return all.Where(option => option.Value is not null).Select(option => option.Name);
    }
}
