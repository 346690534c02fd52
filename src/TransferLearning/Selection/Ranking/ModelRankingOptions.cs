namespace TransferLearning;

/// <summary>How <see cref="ModelAdvisor.Rank"/> works.</summary>
public sealed record ModelRankingOptions
{
    /// <summary>How many samples are looked at, at most, each class evenly; null for all. Default: 2000, which puts the accuracy of a probe
    /// within a point or so, whatever the size of the set.</summary>
    public int? SampleLimit { get; init; } = 2000;

    /// <summary>What fixes which samples are looked at and how they are divided. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>Samples on which accuracies are measured. Default: none, and they are measured by cross-validation.</summary>
    public Dataset? Validation { get; init; }

    /// <summary>In how many parts cross-validation and the learning curve divide the samples. Default: 5.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>How many neighbours vote in the column k-NN. Default: 5.</summary>
    public int Neighbors { get; init; } = 5;

    /// <summary>How many steps of training are timed of each candidate that the advisor makes itself, after one that is not; 0 for none.
    /// Default: 3.</summary>
    public int TimedSteps { get; init; } = 3;

    /// <summary>How many epochs of fine-tuning the time is said for. Default: 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>How features are computed: batch size, workers, damaged samples, cache. A cache makes a second ranking cheap.</summary>
    public FeatureOptions Features { get; init; } = new();

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(SampleLimit ?? 1, nameof(SampleLimit));
        ArgumentOutOfRangeException.ThrowIfLessThan(Folds, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Neighbors);
        ArgumentOutOfRangeException.ThrowIfNegative(TimedSteps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
        ArgumentNullException.ThrowIfNull(Features);
    }
}
