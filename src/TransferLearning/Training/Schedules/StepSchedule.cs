namespace TransferLearning;

/// <summary>The rate times gamma after every so many units: PyTorch's <c>StepLR</c>.</summary>
public sealed record StepSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="stepSize">After how many units (epochs) the rate changes, at least 1.</param>
    /// <param name="gamma">What it is multiplied by each time, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public StepSchedule(int stepSize, double gamma = 0.1)
    {
        StepSize = ValidNumber.AtLeast(stepSize, 1, nameof(stepSize));
        Gamma = ValidNumber.NotNegative(gamma, nameof(gamma));
    }

    /// <summary>After how many units the rate changes.</summary>
    public int StepSize { get; private init; }

    /// <summary>What it is multiplied by each time.</summary>
    public double Gamma { get; }

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => this with { StepSize = Shorter(StepSize, epochs, steps) };

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment) => moment.BaseRate * Math.Pow(Gamma, moment.Position(Unit) / StepSize);
}
