namespace TransferLearning;

/// <summary>A straight line from a small rate up to the full one, then another schedule, whose own time starts there.</summary>
/// <remarks>Counts steps by default. A schedule that spans "the whole run" spans what the warm-up leaves of it. Equal to PyTorch's
/// <c>SequentialLR</c> over <c>LinearLR</c> and another scheduler.</remarks>
public sealed record WarmupSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="then">What follows, from its start.</param>
    /// <param name="length">How many units (steps) the warm-up takes, at least 0.</param>
    /// <param name="startFactor">What the rate is multiplied by at the start, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public WarmupSchedule(LearningRateSchedule then, int length, double startFactor = 0)
    {
        ArgumentNullException.ThrowIfNull(then);
        Then = then;
        Length = ValidNumber.AtLeast(length, 0, nameof(length));
        StartFactor = ValidNumber.Fraction(startFactor, nameof(startFactor));
        Unit = ScheduleUnit.Step;
    }

    /// <summary>What follows.</summary>
    public LearningRateSchedule Then { get; private init; }

    /// <summary>How many units the warm-up takes.</summary>
    public int Length { get; private init; }

    /// <summary>What the rate is multiplied by at the start.</summary>
    public double StartFactor { get; }

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => this with
        {
            Then = Then.Shortened(epochs, steps),
            Length = Length == 0 ? 0 : Shorter(Length, epochs, steps),
        };

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
    {
        ScheduleMoment after = moment.After(Length, Unit);
        if (after.Step >= 0)
        {
            return Then.LearningRate(after);
        }

        // The line leads to where the next schedule begins, which for most is the optimiser's rate.
        double goal = Then.LearningRate(after with { Step = 0 });
        return goal * LineBetween(StartFactor, 1, moment.Position(Unit) / (double)Length);
    }

    /// <inheritdoc/>
    internal override double? Momentum(in ScheduleMoment moment)
    {
        ScheduleMoment after = moment.After(Length, Unit);
        return Then.Momentum(after with { Step = Math.Max(0, after.Step) });
    }
}
