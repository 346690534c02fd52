namespace TransferLearning;

/// <summary>How the statistics of batch norms are taken anew.</summary>
public sealed record BatchNormOptions
{
    /// <summary>How many samples go through the network at once; each batch norm sees their variance, so more are better. Default:
    /// 64.</summary>
    public int BatchSize { get; init => field = ValidNumber.AtLeast(value, 1, nameof(BatchSize)); } = 64;

    /// <summary>
    /// How much of the statistics found is taken, from 0 to 1; the rest stays what it was. For less than a few hundred samples the old ones
    /// are worth keeping in part: with n of them n/(n + 16) is a start (Schneider et al., "Improving robustness against common corruptions
    /// by covariate shift adaptation", 2020). Default: 1.
    /// </summary>
    public double Share { get; init => field = ValidNumber.Fraction(value, nameof(Share)); } = 1;

    /// <summary>How many threads prepare samples. Default: one for each core, at most 8.</summary>
    public int? Workers { get; init; }

    /// <summary>What a damaged sample does. Default: it ends the work with an error that names it.</summary>
    public BadSampleHandling OnBadSample { get; init; } = BadSampleHandling.Throw;

    /// <summary>How samples are preprocessed. Default: as for evaluation.</summary>
    public Preprocessor? Preprocessor { get; init; }

    /// <summary>What decodes image files. It comes before the codec of a <see cref="Preprocessor"/> and of the model. Default: null,
    /// theirs. Refused for what is no image.</summary>
    public IImageCodec? Codec { get; init; }

    /// <summary>What fixes the order of the samples, which is random: batches of one class would have too small a variance.</summary>
    public long Seed { get; init; }
}
