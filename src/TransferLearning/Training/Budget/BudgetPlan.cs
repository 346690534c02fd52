namespace TransferLearning;

/// <summary>
/// What a run with a <see cref="FineTuneOptions.TimeLimit"/> or a <see cref="FineTuneOptions.MaxMemory"/> does, chosen from a few measured
/// steps before the first one that counts. A run that resumes from a checkpoint keeps it.
/// </summary>
public sealed record BudgetPlan
{
    /// <summary>How long the whole run may take; null for no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>How many bytes the process may take; null for no limit.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>How many samples a batch has: what was asked for, or a divisor of it that fits into memory.</summary>
    public required int BatchSize { get; init; }

    /// <summary>How many batches make a step, so that its gradient is that of the batch size asked for.</summary>
    public required int AccumulationSteps { get; init; }

    /// <summary>Whether blocks are computed again in the backward pass, to save memory.</summary>
    public required bool GradientCheckpointing { get; init; }

    /// <summary>How many epochs there are.</summary>
    public required int Epochs { get; init; }

    /// <summary>How many batches an epoch has: all of the data set, or fewer where not even one epoch fits.</summary>
    public required int BatchesPerEpoch { get; init; }

    /// <summary>How many optimizer steps that makes. Schedules end with the last of them.</summary>
    public required long Steps { get; init; }

    /// <summary>How many steps were asked for.</summary>
    public required long AskedSteps { get; init; }

    /// <summary>Whether there are fewer steps than asked for, because the time is not enough.</summary>
    public bool IsShortened => Steps < AskedSteps;

    /// <summary>Whether what the frozen part of the network gives is computed once for each sample or view, and kept.</summary>
    public required bool CachesFrozenPart { get; init; }

    /// <summary>How many augmented views of each image are kept; 0 where samples are preprocessed without draws, or nothing is
    /// kept.</summary>
    public int CachedViews { get; init; }

    /// <summary>How long the whole run is predicted to take, what was measured included, in seconds; null without a time limit.</summary>
    public double? PredictedSeconds { get; init; }

    /// <summary>The lower end of the 95 % interval of that, by the spread of the measured steps.</summary>
    public double? LowSeconds { get; init; }

    /// <summary>The upper end of that interval. The plan is made so that it lies within the limit, or a quarter more than <see
    /// cref="PredictedSeconds"/> where so little was measured that the interval is wider.</summary>
    public double? HighSeconds { get; init; }

    /// <summary>The largest memory of the process in the measured steps, in bytes; null without a memory limit.</summary>
    public long? MeasuredMemory { get; init; }

    /// <summary>How many steps the times were measured on, the first ones left out, which make room; 0 without a time limit.</summary>
    public int MeasuredSteps { get; init; }

    /// <summary>The seconds before the limit at which no further step is begun, so that the last evaluation is done in time.</summary>
    public double ReservedSeconds { get; init; }

    /// <summary>What was chosen and why, in sentences.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>The seconds of what is computed once for training samples and for those of validation, and of the rest; null where nothing
    /// is computed once. It is not saved.</summary>
    internal (double Training, double Validation, double Others)? Parts { get; init; }

    /// <summary>The sentences.</summary>
    public override string ToString() => string.Join(" ", Reasons);
}
