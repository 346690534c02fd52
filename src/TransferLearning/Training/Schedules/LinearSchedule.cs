namespace TransferLearning;

/// <summary>The rate times a factor that moves along a straight line and then stays: PyTorch's <c>LinearLR</c>.</summary>
public sealed record LinearSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="startFactor">The factor at the start, above 0 and at most 1.</param>
    /// <param name="endFactor">The factor at the end, from 0 to 1.</param>
    /// <param name="length">After how many units (epochs) the end is reached, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public LinearSchedule(double startFactor = 1.0 / 3, double endFactor = 1, int length = 5)
    {
        StartFactor = ValidNumber.PositiveFraction(startFactor, nameof(startFactor));
        EndFactor = ValidNumber.Fraction(endFactor, nameof(endFactor));
        Length = ValidNumber.AtLeast(length, 1, nameof(length));
    }

    /// <summary>The factor at the start.</summary>
    public double StartFactor { get; }

    /// <summary>The factor at the end.</summary>
    public double EndFactor { get; }

    /// <summary>After how many units the end is reached.</summary>
    public int Length { get; private init; }

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => this with { Length = Shorter(Length, epochs, steps) };

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
        => moment.BaseRate * LineBetween(StartFactor, EndFactor, Math.Min(1, moment.Position(Unit) / (double)Length));
}
