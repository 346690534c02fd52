namespace TransferLearning;

/// <summary>The rate times (1 - position / length)^power, and 0 after that: PyTorch's <c>PolynomialLR</c>.</summary>
/// <remarks>Without a length it spans the whole run and moves with every step; with one it counts epochs by default.</remarks>
public sealed record PolynomialSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="length">After how many units the rate is 0, at least 1, or null for the end of the run.</param>
    /// <param name="power">The exponent, at least 0; 1 is a straight line.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public PolynomialSchedule(int? length = null, double power = 1)
    {
        Length = length is { } units ? ValidNumber.AtLeast(units, 1, nameof(length)) : null;
        Power = ValidNumber.NotNegative(power, nameof(power));
        Unit = length is null ? ScheduleUnit.Step : ScheduleUnit.Epoch;
    }

    /// <summary>After how many units the rate is 0, or null for the end of the run.</summary>
    public int? Length { get; private init; }

    /// <summary>The exponent.</summary>
    public double Power { get; }

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => Length is { } units ? this with { Length = Shorter(units, epochs, steps) } : this;

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
        => moment.BaseRate * Math.Pow(1 - Math.Min(1, moment.Position(Unit) / (Length ?? moment.Length(Unit))), Power);
}
