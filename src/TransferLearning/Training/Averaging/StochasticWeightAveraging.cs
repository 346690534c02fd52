namespace TransferLearning;

/// <summary>The mean of the weights at the end of the last epochs, each counted alike, which generalises better than the weights of one
/// (Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", 2018). Best with a rate that stays high
/// meanwhile: <see cref="SwaSchedule"/>.</summary>
/// <remarks>The mean of weights has other activations than any of them, so batch norms that are trained take their statistics from the
/// training data before each evaluation of the average and at the end, which is one forward pass over it each time. Until the first epoch
/// is averaged, the weights themselves are evaluated.</remarks>
public sealed record StochasticWeightAveraging : WeightAveraging
{
    private const double UsualStart = 0.75;

    /// <summary>Creates the average.</summary>
    /// <param name="start">After how many epochs averaging begins; null means three quarters of them.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public StochasticWeightAveraging(int? start = null)
        => Start = start is { } epochs ? ValidNumber.AtLeast(epochs, 0, nameof(start)) : null;

    /// <summary>After how many epochs averaging begins; null means three quarters of them.</summary>
    public int? Start { get; private init; }

    /// <summary>Whether the weights after each step are averaged instead of those at the end of each epoch. Default: false.</summary>
    public bool EveryStep { get; init; }

    /// <inheritdoc/>
    internal override bool UpdatesBatchNorms => true;

    /// <summary>After how many epochs of a run the rate stays and averaging begins.</summary>
    internal static int StartOf(int? start, double epochs) => start ?? (int)(UsualStart * epochs);

    /// <inheritdoc/>
    internal override double? Kept(in AveragingMoment moment)
    {
        bool isTaken = moment.Epoch >= StartOf(Start, moment.Pace.Epochs)
            && (EveryStep || moment.StepInEpoch == moment.Pace.StepsPerEpoch - 1);
        return isTaken ? moment.Updates / (moment.Updates + 1.0) : null;
    }

    /// <inheritdoc/>
    internal override WeightAveraging Shortened(double epochs, double steps) => this with { Start = (int?)(Start * epochs) };

    /// <inheritdoc/>
    internal override void Check(FineTuneOptions options)
    {
        if (Start >= options.Epochs)
        {
            throw new ArgumentException(
                $"{nameof(StochasticWeightAveraging)} begins after {Start} epochs, and the run has {options.Epochs}: begin earlier, or "
                    + "train longer.");
        }

        if (options.Communicator is { Size: > 1 })
        {
            throw new ArgumentException(
                $"{nameof(StochasticWeightAveraging)} takes statistics of batch norms from all samples, and of several processes each "
                    + $"reads a part: leave {nameof(options.Communicator)} out, or average with {nameof(ExponentialMovingAverage)}.");
        }
    }
}
