namespace TransferLearning;

/// <summary>Another schedule up to an epoch, and from there half a cosine to a rate that stays, at which
/// <see cref="StochasticWeightAveraging"/> gathers weights that differ: PyTorch's <c>SWALR</c>.</summary>
/// <remarks>Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization" (2018).</remarks>
public sealed record SwaSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="before">The schedule of the first epochs.</param>
    /// <param name="rate">The rate that stays, at least 0.</param>
    /// <param name="start">After how many units (epochs) it leaves the other schedule; null means three quarters of the run, as for
    /// <see cref="StochasticWeightAveraging"/>.</param>
    /// <param name="annealing">Within how many units it reaches the rate, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public SwaSchedule(LearningRateSchedule before, double rate, int? start = null, int annealing = 10)
    {
        ArgumentNullException.ThrowIfNull(before);
        (Before, Rate) = (before, ValidNumber.NotNegative(rate, nameof(rate)));
        Start = start is { } units ? ValidNumber.AtLeast(units, 0, nameof(start)) : null;
        Annealing = ValidNumber.AtLeast(annealing, 0, nameof(annealing));
    }

    /// <summary>The schedule of the first epochs.</summary>
    public LearningRateSchedule Before { get; private init; }

    /// <summary>The rate that stays.</summary>
    public double Rate { get; }

    /// <summary>After how many units it leaves the other schedule; null means three quarters of the run.</summary>
    public int? Start { get; private init; }

    /// <summary>Within how many units it reaches the rate.</summary>
    public int Annealing { get; private init; }

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => this with
        {
            Before = Before.Shortened(epochs, steps),
            Start = (int?)(Start * (Unit == ScheduleUnit.Step ? steps : epochs)),
            Annealing = Annealing == 0 ? 0 : Shorter(Annealing, epochs, steps),
        };

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
    {
        int start = StochasticWeightAveraging.StartOf(Start, moment.Length(Unit));
        long since = moment.Position(Unit) - start;
        if (since < 0)
        {
            return Before.LearningRate(moment);
        }

        double from = Before.LearningRate(moment with { Step = start * (Unit == ScheduleUnit.Step ? 1 : moment.StepsPerEpoch) });
        return CosineBetween(from, Rate, Annealing == 0 ? 1 : Math.Min(1, since / (double)Annealing));
    }

    /// <inheritdoc/>
    internal override double? Momentum(in ScheduleMoment moment) => Before.Momentum(moment);
}
