namespace TransferLearning.Reports;

/// <summary>What a report is made of, besides the model and the samples it is evaluated on. What is not given is left out, and the report
/// says so.</summary>
public sealed record ReportOptions
{
    /// <summary>What stands above the report. Default: null, the architecture and the score.</summary>
    public string? Title { get; init; }

    /// <summary>What the training gave: curves and costs. Default: null.</summary>
    public TrainingHistory? History { get; init; }

    /// <summary>The optimizer of the training. Default: null.</summary>
    public Optimizer? Optimizer { get; init; }

    /// <summary>The options of the training, of which the report names the numbers. Default: null.</summary>
    public FineTuneOptions? FineTuning { get; init; }

    /// <summary>The samples that were trained on, which are audited too: wrong labels, duplicates, samples that are among the evaluated
    /// ones. Default: null.</summary>
    public Dataset? Training { get; init; }

    /// <summary>What the audit of the evaluated and the training samples looks for. Default: what <see cref="AuditOptions"/> has; null
    /// leaves the audit out.</summary>
    public AuditOptions? Audit { get; init; } = new();

    /// <summary>How the model is evaluated. Default: the usual options.</summary>
    public EvaluateOptions Evaluation { get; init; } = new();

    /// <summary>How many of the worst mistakes are shown, 0 to 100. Default: 12.</summary>
    public int Mistakes { get; init; } = 12;

    /// <summary>Whether it is explained why the model made those mistakes. Default: true.</summary>
    public bool Explain { get; init; } = true;

    /// <summary>How it is explained. Default: null, <see cref="GradCam"/> for images, <see cref="IntegratedGradients"/> for
    /// texts.</summary>
    public AttributionMethod? Attribution { get; init; }

    /// <summary>How many samples are on the maps of features: of more, so many are taken at random, and the report says so. 0 leaves the
    /// maps out. Default: 1,000; at most <see cref="TSne.MaximumSamples"/>.</summary>
    public int MapSamples { get; init; } = 1000;

    /// <summary>How the map by t-SNE is made; null leaves it out. Default: the usual options.</summary>
    public TSneOptions? TSne { get; init; } = new();

    /// <summary>Where features are looked up and kept; audit and maps share them. The caller owns it. Default: in memory, for this
    /// report.</summary>
    public FeatureCache? FeatureCache { get; init; }

    /// <summary>How many classes tables and plots have at most; of more, those with the most mistakes are shown. Default: 20.</summary>
    public int MaximumClasses { get; init; } = 20;

    /// <summary>What chooses the samples of the maps, where there are too many. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>Checks the values.</summary>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Evaluation);
        ArgumentOutOfRangeException.ThrowIfNegative(Mistakes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Mistakes, 100);
        ArgumentOutOfRangeException.ThrowIfNegative(MapSamples);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MapSamples, Reports.TSne.MaximumSamples);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumClasses, 2);
        if (Attribution is not null && !Explain)
        {
            throw new ArgumentException($"{nameof(Attribution)} says how mistakes are explained, and {nameof(Explain)} is false.");
        }
    }
}
