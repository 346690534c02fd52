namespace TransferLearning;

/// <summary>Cosines that start again at the full rate, each longer than the one before: PyTorch's
/// <c>CosineAnnealingWarmRestarts</c>.</summary>
/// <remarks>Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017).</remarks>
public sealed record CosineWarmRestartsSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="firstLength">How many units (epochs) the first cosine takes, at least 1.</param>
    /// <param name="lengthFactor">How many times longer each next one is, at least 1.</param>
    /// <param name="minimumRate">The smallest rate (not a factor), at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public CosineWarmRestartsSchedule(int firstLength, int lengthFactor = 1, double minimumRate = 0)
    {
        FirstLength = ValidNumber.AtLeast(firstLength, 1, nameof(firstLength));
        LengthFactor = ValidNumber.AtLeast(lengthFactor, 1, nameof(lengthFactor));
        MinimumRate = ValidNumber.NotNegative(minimumRate, nameof(minimumRate));
    }

    /// <summary>How many units the first cosine takes.</summary>
    public int FirstLength { get; private init; }

    /// <summary>How many times longer each next one is.</summary>
    public int LengthFactor { get; }

    /// <summary>The smallest rate.</summary>
    public double MinimumRate { get; }

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => this with { FirstLength = Shorter(FirstLength, epochs, steps) };

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
    {
        long position = moment.Position(Unit), length = FirstLength;
        if (LengthFactor == 1)
        {
            position %= length;
        }

        while (position >= length)
        {
            position -= length;
            length *= LengthFactor;
        }

        return CosineBetween(moment.BaseRate, MinimumRate, position / (double)length);
    }
}
