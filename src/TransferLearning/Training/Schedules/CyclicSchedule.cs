namespace TransferLearning;

/// <summary>Triangles between two rates, over and over: PyTorch's <c>CyclicLR</c>.</summary>
/// <remarks>
/// <para>Counts steps by default, and ignores the optimiser's rate.</para>
/// <para>Smith, "Cyclical Learning Rates for Training Neural Networks" (2017).</para>
/// </remarks>
public sealed record CyclicSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule; units are steps.</summary>
    /// <param name="minimumRate">The lower rate, at least 0.</param>
    /// <param name="maximumRate">The upper rate, at least <paramref name="minimumRate"/>.</param>
    /// <param name="lengthUp">How many units the climb takes, at least 1.</param>
    /// <param name="lengthDown">How many the fall takes, at least 1, or null for as many as the climb.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public CyclicSchedule(double minimumRate, double maximumRate, int lengthUp = 2000, int? lengthDown = null)
    {
        MinimumRate = ValidNumber.NotNegative(minimumRate, nameof(minimumRate));
        MaximumRate = ValidNumber.NotNegative(maximumRate, nameof(maximumRate));
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumRate, minimumRate);
        LengthUp = ValidNumber.AtLeast(lengthUp, 1, nameof(lengthUp));
        LengthDown = ValidNumber.AtLeast(lengthDown ?? lengthUp, 1, nameof(lengthDown));
        Unit = ScheduleUnit.Step;
    }

    /// <summary>The lower rate.</summary>
    public double MinimumRate { get; }

    /// <summary>The upper rate.</summary>
    public double MaximumRate { get; }

    /// <summary>How many units the climb takes.</summary>
    public int LengthUp { get; private init; }

    /// <summary>How many units the fall takes.</summary>
    public int LengthDown { get; private init; }

    /// <summary>What the height of each triangle is multiplied by relative to the one before, above 0 and at most 1; default 1. With 0.5
    /// this is PyTorch's mode <c>triangular2</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public double CycleFactor { get; init => field = ValidNumber.PositiveFraction(value, nameof(CycleFactor)); } = 1;

    /// <summary>
    /// What the height is multiplied by with every unit, above 0 and at most 1; default 1. This is PyTorch's mode <c>exp_range</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public double UnitFactor { get; init => field = ValidNumber.PositiveFraction(value, nameof(UnitFactor)); } = 1;

    /// <summary>Whether the momentum moves the other way; default true.</summary>
    public bool MovesMomentum { get; init; } = true;

    /// <summary>The momentum where the rate is largest, from 0 to 1; default 0.8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public double SmallestMomentum { get; init => field = ValidNumber.Fraction(value, nameof(SmallestMomentum)); } = 0.8;

    /// <summary>The momentum where the rate is smallest, from 0 to 1; default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public double LargestMomentum { get; init => field = ValidNumber.Fraction(value, nameof(LargestMomentum)); } = 0.9;

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => this with { LengthUp = Shorter(LengthUp, epochs, steps), LengthDown = Shorter(LengthDown, epochs, steps) };

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment) => MinimumRate + ((MaximumRate - MinimumRate) * Height(moment));

    /// <inheritdoc/>
    internal override double? Momentum(in ScheduleMoment moment)
        => MovesMomentum ? LargestMomentum - ((LargestMomentum - SmallestMomentum) * Height(moment)) : null;

    private double Height(in ScheduleMoment moment)
    {
        long position = moment.Position(Unit), length = (long)LengthUp + LengthDown, within = position % length;
        double height = within <= LengthUp ? within / (double)LengthUp : (length - within) / (double)LengthDown;
        return height * Math.Pow(CycleFactor, position / length) * Math.Pow(UnitFactor, position);
    }
}
