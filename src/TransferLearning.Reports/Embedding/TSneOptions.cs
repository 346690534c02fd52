namespace TransferLearning.Reports;

/// <summary>How t-SNE works. The defaults are scikit-learn's.</summary>
public sealed record TSneOptions
{
    /// <summary>How many neighbours of a sample count, about: at least 1, less than the number of samples. Default: null, 30, or a third of
    /// the samples where there are fewer than 91.</summary>
    public double? Perplexity { get; init; }

    /// <summary>How many steps. Default: 1,000.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>How strongly neighbours attract each other in the first quarter of the steps, at least 1. Default: 12.</summary>
    public double EarlyExaggeration { get; init; } = 12;

    /// <summary>The length of a step. Default: null, a 48th of the number of samples, at least 50.</summary>
    public double? LearningRate { get; init; }

    /// <summary>What fixes where samples begin, besides the principal components. Default: 0.</summary>
    public long Seed { get; init; }
}
