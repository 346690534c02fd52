namespace TransferLearning;

/// <summary>The rate times gamma after every unit: PyTorch's <c>ExponentialLR</c>.</summary>
public sealed record ExponentialSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="gamma">What the rate is multiplied by after each unit (epoch), at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public ExponentialSchedule(double gamma) => Gamma = ValidNumber.NotNegative(gamma, nameof(gamma));

    /// <summary>What the rate is multiplied by after each unit.</summary>
    public double Gamma { get; private init; }

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => this with { Gamma = Math.Pow(Gamma, 1 / (Unit == ScheduleUnit.Step ? steps : epochs)) };

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment) => moment.BaseRate * Math.Pow(Gamma, moment.Position(Unit));
}
