namespace TransferLearning;

/// <summary>The same rate all the time; with a factor and a length, PyTorch's <c>ConstantLR</c>: a different rate at first.</summary>
public sealed record ConstantSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="factor">What the rate is multiplied by at first, from 0 to 1.</param>
    /// <param name="length">For how many units (epochs).</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public ConstantSchedule(double factor = 1, int length = 0)
    {
        Factor = ValidNumber.Fraction(factor, nameof(factor));
        Length = ValidNumber.AtLeast(length, 0, nameof(length));
    }

    /// <summary>What the rate is multiplied by at first.</summary>
    public double Factor { get; }

    /// <summary>For how many units.</summary>
    public int Length { get; private init; }

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => Length == 0 ? this : this with { Length = Shorter(Length, epochs, steps) };

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
        => moment.Position(Unit) < Length ? moment.BaseRate * Factor : moment.BaseRate;
}
