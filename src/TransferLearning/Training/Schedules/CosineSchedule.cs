namespace TransferLearning;

/// <summary>Half a cosine from the optimiser's rate down to a smallest one: PyTorch's <c>CosineAnnealingLR</c>.</summary>
/// <remarks>
/// <para>Without a length it spans the whole run and moves with every step; with one it counts epochs by default.</para>
/// <para>Past its length the rate climbs again as the cosine does, as in PyTorch, unless <see cref="HoldAtEnd"/> is set.</para>
/// <para>Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), without the restarts.</para>
/// </remarks>
public sealed record CosineSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="length">After how many units the smallest rate is reached, at least 1, or null for the end of the run.</param>
    /// <param name="minimumRate">The smallest rate (not a factor), at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public CosineSchedule(int? length = null, double minimumRate = 0)
    {
        Length = length is { } units ? ValidNumber.AtLeast(units, 1, nameof(length)) : null;
        MinimumRate = ValidNumber.NotNegative(minimumRate, nameof(minimumRate));
        Unit = length is null ? ScheduleUnit.Step : ScheduleUnit.Epoch;
    }

    /// <summary>After how many units the smallest rate is reached, or null for the end of the run.</summary>
    public int? Length { get; private init; }

    /// <summary>The smallest rate.</summary>
    public double MinimumRate { get; }

    /// <summary>Whether the rate stays at the smallest one past the length instead of climbing again; default false.</summary>
    public bool HoldAtEnd { get; init; }

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => Length is { } units ? this with { Length = Shorter(units, epochs, steps) } : this;

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
    {
        double share = moment.Position(Unit) / (Length ?? moment.Length(Unit));
        return CosineBetween(moment.BaseRate, MinimumRate, HoldAtEnd ? Math.Min(1, share) : share);
    }
}
