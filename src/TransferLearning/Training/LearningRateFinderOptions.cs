namespace TransferLearning;

/// <summary>How <c>FindLearningRate</c> searches. Defaults are fastai's <c>lr_find</c>.</summary>
public sealed record LearningRateFinderOptions
{
    /// <summary>The rate of the first step. Default: 1e-7.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public double Start { get; init => field = ValidNumber.Positive(value, nameof(Start)); } = 1e-7;

    /// <summary>The rate of the last step, above <see cref="Start"/>. Default: 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public double End { get; init => field = ValidNumber.Positive(value, nameof(End)); } = 10;

    /// <summary>How many steps there are, at least 10; the data set is gone through as often as that takes. Default: 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is too small.</exception>
    public int Steps { get; init => field = ValidNumber.AtLeast(value, 10, nameof(Steps)); } = 100;

    /// <summary>How much of the running mean of losses is kept per step, in [0, 1). Default: 0.98.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public double Smoothing { get; init => field = ValidNumber.BelowOne(value, nameof(Smoothing)); } = 0.98;

    /// <summary>
    /// The search ends early when the smoothed loss is more than this many times the smallest one. Default: 4; null never ends early.
    /// </summary>
    public double? StopFactor { get; init; } = 4;

    /// <summary>Batch size, seed, loss, transform, precision and so on, as training will have them. Default: training's defaults.</summary>
    public FineTuneOptions Training { get; init; } = new();

    /// <summary>Checks what belongs together; the message names the option.</summary>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Training);
        if (Training.Communicator is { Size: > 1 })
        {
            throw new ArgumentException(
                $"The search runs in one process: leave {nameof(Training)}.{nameof(Training.Communicator)} out, and search in process 0 "
                    + "with a batch as large as those of all together.");
        }

        if (End <= Start)
        {
            throw new ArgumentException($"End, {End}, must be above Start, {Start}.", nameof(End));
        }
    }
}
