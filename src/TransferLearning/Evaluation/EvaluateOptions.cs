namespace TransferLearning;

/// <summary>How to evaluate.</summary>
public sealed record EvaluateOptions
{
    /// <summary>How many samples go through the network at once. Default: 64. The result does not depend on it without
    /// <see cref="Adaptation"/>.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>How many threads prepare images. Default: one for each core, at most 8.</summary>
    public int? Workers { get; init; }

    /// <summary>What a damaged image does. Default: it ends the evaluation with an error that names it.</summary>
    public BadSampleHandling OnBadSample { get; init; } = BadSampleHandling.Throw;

    /// <summary>
    /// The number type that the network may be run in. Default: float32. With <see cref="Precision.BFloat16"/> it is used where the
    /// CPU or GPU has it, about twice as fast; a prediction on the edge between two classes may then fall to the other side.
    /// </summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// What is kept of each sample, for slices, worst mistakes, intervals and reliability curves: <see cref="EvaluationResult.Samples"/>.
    /// Default: nothing. Tasks that predict nothing of whole samples refuse it.
    /// </summary>
    public SampleDetail Samples { get; init; }

    /// <summary>How samples are preprocessed. Default: as the model's weights want it.</summary>
    public Preprocessor? Preprocessor { get; init; }

    /// <summary>What decodes image files. It comes before the codec of a <see cref="Preprocessor"/> and of the model. Default: null,
    /// theirs. Refused for what is no image.</summary>
    public IImageCodec? Codec { get; init; }

    /// <summary>
    /// Where the features of the samples are looked up first and kept, for tasks whose head takes one vector for each sample. The caller
    /// owns it. Default: nowhere.
    /// </summary>
    public FeatureCache? FeatureCache { get; init; }

    /// <summary>Several views of each image whose predictions are averaged. Default: null, the image alone. Texts, sounds and a
    /// <see cref="FeatureCache"/> refuse it.</summary>
    public TestTimeAugmentation? Augmentation { get; init; }

    /// <summary>How the model adapts itself to the samples on the way, without labels; for classifiers. The result then depends on
    /// <see cref="BatchSize"/>. The model does not change. A <see cref="FeatureCache"/>, an <see cref="Augmentation"/> and a
    /// <see cref="Communicator"/> refuse it. Default: null, not at all.</summary>
    public EntropyAdaptation? Adaptation { get; init; }

    /// <summary>
    /// The processes that share the evaluation: each evaluates its batches, and all get the whole result. Every process makes the same
    /// call. A metric of a program's own that cannot be shared (<see cref="TaskMetric.Share"/>) is measured on all samples by each.
    /// Default: null, this process alone.
    /// </summary>
    public ICollective? Communicator { get; init; }

    /// <summary>An evaluation that reads samples as these options say.</summary>
    internal static EvaluateOptions Reading(FeatureOptions features) => new()
    {
        BatchSize = features.BatchSize,
        Workers = features.Workers,
        OnBadSample = features.OnBadSample,
        Preprocessor = features.Preprocessor,
        Codec = features.Codec,
        Precision = features.Precision,
        FeatureCache = features.Cache,
        Communicator = features.Communicator,
    };
}
