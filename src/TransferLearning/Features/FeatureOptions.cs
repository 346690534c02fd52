namespace TransferLearning;

/// <summary>How <see cref="TransferModel.ExtractFeatures(Dataset, FeatureOptions, IProgress{int}?, CancellationToken)"/> works.</summary>
public sealed record FeatureOptions
{
    /// <summary>How many samples go through the network at once. Default: 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>How many threads prepare samples. Default: one for each core, at most 8.</summary>
    public int? Workers { get; init; }

    /// <summary>What a damaged sample does. Default: it ends the work with an error that names it.</summary>
    public BadSampleHandling OnBadSample { get; init; } = BadSampleHandling.Throw;

    /// <summary>How samples are preprocessed; it must not draw. Default: as the model's weights want it.</summary>
    public Preprocessor? Preprocessor { get; init; }

    /// <summary>What decodes image files. It comes before the codec of a <see cref="Preprocessor"/> and of the model. Default: null,
    /// theirs. Refused for what is no image.</summary>
    public IImageCodec? Codec { get; init; }

    /// <summary>
    /// The number type that the backbone may be run in. Default: float32. With <see cref="Precision.BFloat16"/> it is used where the
    /// CPU or GPU has it, about twice as fast, and features differ by about half a per cent (ResNet-18) to five (MobileNetV2); kept
    /// features are kept apart by it.
    /// </summary>
    public Precision Precision { get; init; }

    /// <summary>Where features are looked up first and kept. The caller owns it. Default: nowhere.</summary>
    public FeatureCache? Cache { get; init; }

    /// <summary>
    /// The processes that share the work: each computes its batches, the first one keeps them in its <see cref="Cache"/>, and all get the
    /// whole set. Every process makes the same call. Default: null, this process alone.
    /// </summary>
    public ICollective? Communicator { get; init; }

    /// <summary>Where the work is logged. Default: nowhere.</summary>
    public ILogger? Logger { get; init; }
}
