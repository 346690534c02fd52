namespace TransferLearning;

/// <summary>The rate times gamma at each of some positions: PyTorch's <c>MultiStepLR</c>.</summary>
public sealed record MultiStepSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="milestones">After how many units (epochs) from the start the rate changes; one that stands twice counts twice.</param>
    /// <param name="gamma">What it is multiplied by each time, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public MultiStepSchedule(IEnumerable<int> milestones, double gamma = 0.1)
    {
        ArgumentNullException.ThrowIfNull(milestones);
        Milestones = [.. milestones.Select(milestone => ValidNumber.AtLeast(milestone, 0, nameof(milestones))).Order()];
        Gamma = ValidNumber.NotNegative(gamma, nameof(gamma));
    }

    /// <summary>After how many units the rate changes, in ascending order.</summary>
    public IReadOnlyList<int> Milestones { get; private init; }

    /// <summary>What it is multiplied by each time.</summary>
    public double Gamma { get; }

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => this with { Milestones = [.. Milestones.Select(milestone => Shorter(milestone, epochs, steps))] };

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
    {
        long position = moment.Position(Unit);
        return moment.BaseRate * Math.Pow(Gamma, Milestones.Count(milestone => milestone <= position));
    }
}
