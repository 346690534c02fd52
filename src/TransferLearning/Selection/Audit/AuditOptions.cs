namespace TransferLearning;

/// <summary>What an audit looks for, and how.</summary>
public sealed record AuditOptions
{
    /// <summary>The samples that the model will be evaluated on: what of them is in the audited set too is a leak. Default: none.</summary>
    public Dataset? Test { get; init; }

    /// <summary>How features are computed and kept. Damaged samples are always skipped and reported. Default: the usual options.</summary>
    public FeatureOptions Features { get; init; } = new();

    /// <summary>The probe whose predictions out of fold say which labels are wrong. Default: with a strength of its own choice.</summary>
    public LogisticProbe Probe { get; init; } = new();

    /// <summary>
    /// Which labels are called wrong; null leaves them unchecked. Default: <see cref="LabelIssueMethod.PruneByNoiseRate"/>.
    /// </summary>
    public LabelIssueMethod? LabelIssues { get; init; } = LabelIssueMethod.PruneByNoiseRate;

    /// <summary>
    /// In how many of 64 bits the perceptual hashes of near duplicates may differ; their difference hashes may in half as many more. Null
    /// leaves hashes out. Default: 6.
    /// </summary>
    public int? HashDistance { get; init; } = 6;

    /// <summary>
    /// From which cosine of their features on samples may be near duplicates, for a person to look at: a network sees different things as
    /// one, as it is to. Null leaves features out. Default: 0.995.
    /// </summary>
    public double? FeatureSimilarity { get; init; } = 0.995;

    /// <summary>How many neighbours say how far a sample is from the others; null leaves outliers unchecked. Default: 10.</summary>
    public int? OutlierNeighbours { get; init; } = 10;

    /// <summary>
    /// How far from the median, in deviations estimated from the median absolute one, a distance or sharpness is before it counts as
    /// unusual. Default: 5.
    /// </summary>
    public double UnusualDeviations { get; init; } = 5;

    /// <summary>An image whose shorter side has fewer pixels is reported. Default: 16.</summary>
    public int SmallestSide { get; init; } = 16;

    /// <summary>
    /// How many times as long as the median shorter side one may be, or how many times shorter, before the image's size is reported.
    /// Default: 8.
    /// </summary>
    public double SizeFactor { get; init; } = 8;

    /// <summary>The longest side over the shortest from which on an image is long and narrow. Default: 3.</summary>
    public double LargestAspect { get; init; } = 3;

    /// <summary>A mean grey level, 0 to 255, below which an image is dark. Default: 25.</summary>
    public double DarkBelow { get; init; } = 25;

    /// <summary>A mean grey level, 0 to 255, above which an image is bright. Default: 235.</summary>
    public double BrightAbove { get; init; } = 235;

    /// <summary>A deviation of grey levels, 0 to 255, below which an image is blank. Default: 2.</summary>
    public double BlankBelow { get; init; } = 2;

    /// <summary>A way of storing colours is reported where no larger share of the images has it. Default: 0.05.</summary>
    public double RareShare { get; init; } = 0.05;

    /// <summary>What decodes images. Default: null, that of the model, or without one
    /// <see cref="ImageCodec.Default"/>.</summary>
    public IImageCodec? Codec { get; init; }

    /// <summary>How many threads read samples. Default: one for each core, at most 8.</summary>
    public int Workers { get; init; } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>Refuses values out of range.</summary>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Features);
        ArgumentNullException.ThrowIfNull(Probe);
        ArgumentOutOfRangeException.ThrowIfNegative(HashDistance ?? 0, nameof(HashDistance));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(HashDistance ?? 0, 32, nameof(HashDistance));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FeatureSimilarity ?? 1, nameof(FeatureSimilarity));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FeatureSimilarity ?? 1, 1, nameof(FeatureSimilarity));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(OutlierNeighbours ?? 1, nameof(OutlierNeighbours));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(UnusualDeviations);
        ArgumentOutOfRangeException.ThrowIfLessThan(SizeFactor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LargestAspect, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Workers);
        if (Features.Communicator is not null)
        {
            throw new ArgumentException(
                $"An audit runs in one process: leave {nameof(FeatureOptions.Communicator)} out.", nameof(Features));
        }
    }
}
