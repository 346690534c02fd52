namespace TransferLearning;

/// <summary>
/// One climb to the largest rate and one fall to almost nothing over the whole run, the momentum moving the other way: PyTorch's
/// <c>OneCycleLR</c>.
/// </summary>
/// <remarks>
/// <para>Counts steps by default. The optimiser's own rate is the peak unless <see cref="MaximumRate"/> is given. The momentum is that of
/// <see cref="Sgd"/> and <see cref="RmsProp"/>, or the beta1 of <see cref="Adam"/> and <see cref="AdamW"/>.</para>
/// <para>Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates" (2018).</para>
/// </remarks>
public sealed record OneCycleSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule; units are steps.</summary>
    /// <param name="maximumRate">The largest rate, above 0, or null for the optimiser's.</param>
    /// <param name="length">How many units the cycle takes, at least 2, or null for the whole run.</param>
    /// <param name="climbShare">What part of the cycle the climb takes, above 0 and below 1 (with three phases at most 0.5).</param>
    /// <param name="startDivisor">The first rate is the largest divided by this, above 0.</param>
    /// <param name="finalDivisor">The last rate is the first divided by this, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public OneCycleSchedule(
        double? maximumRate = null, int? length = null, double climbShare = 0.3, double startDivisor = 25, double finalDivisor = 1e4)
    {
        MaximumRate = maximumRate is { } rate ? ValidNumber.Positive(rate, nameof(maximumRate)) : null;
        Length = length is { } units ? ValidNumber.AtLeast(units, 2, nameof(length)) : null;
        ClimbShare = ValidNumber.Positive(ValidNumber.BelowOne(climbShare, nameof(climbShare)), nameof(climbShare));
        StartDivisor = ValidNumber.Positive(startDivisor, nameof(startDivisor));
        FinalDivisor = ValidNumber.Positive(finalDivisor, nameof(finalDivisor));
        Unit = ScheduleUnit.Step;
    }

    /// <summary>The largest rate, or null for the optimiser's.</summary>
    public double? MaximumRate { get; }

    /// <summary>How many units the cycle takes, or null for the whole run.</summary>
    public int? Length { get; private init; }

    /// <summary>What part of the cycle the climb takes.</summary>
    public double ClimbShare { get; }

    /// <summary>The first rate is the largest divided by this.</summary>
    public double StartDivisor { get; }

    /// <summary>The last rate is the first divided by this.</summary>
    public double FinalDivisor { get; }

    /// <summary>Whether to move along straight lines instead of half cosines; default false.</summary>
    public bool Linear { get; init; }

    /// <summary>Whether to fall back to the first rate as fast as the climb was, and only then to the last one; default false.</summary>
    public bool ThreePhases { get; init; }

    /// <summary>Whether the cycle ends after its last step, so that step s of n has the place s / n, as in fastai. Default: false, it ends
    /// in that step, as in PyTorch; a cycle of one or two steps then has its smallest rate only.</summary>
    public bool EndsAfterLastStep { get; init; }

    /// <summary>Whether the momentum moves too; default true.</summary>
    public bool MovesMomentum { get; init; } = true;

    /// <summary>The momentum where the rate is largest, from 0 to 1; default 0.85.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public double SmallestMomentum { get; init => field = ValidNumber.Fraction(value, nameof(SmallestMomentum)); } = 0.85;

    /// <summary>The momentum where the rate is smallest, from 0 to 1; default 0.95.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public double LargestMomentum { get; init => field = ValidNumber.Fraction(value, nameof(LargestMomentum)); } = 0.95;

    /// <inheritdoc/>
    internal override LearningRateSchedule Shortened(double epochs, double steps)
        => Length is { } units ? this with { Length = Math.Max(2, Shorter(units, epochs, steps)) } : this;

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
    {
        double peak = MaximumRate ?? moment.BaseRate, start = peak / StartDivisor;
        return Along(moment, start, peak, start / FinalDivisor);
    }

    /// <inheritdoc/>
    internal override double? Momentum(in ScheduleMoment moment)
        => MovesMomentum ? Along(moment, LargestMomentum, SmallestMomentum, LargestMomentum) : null;

    private double Along(in ScheduleMoment moment, double start, double peak, double final)
    {
        int before = EndsAfterLastStep ? 0 : 1; // the place of the first step is 0
        double last = (Length ?? moment.Length(Unit)) - before, position = Math.Min(moment.Position(Unit), last);
        double top = (ClimbShare * (last + before)) - before, back = (2 * ClimbShare * (last + before)) - (2 * before);
        if (position <= top)
        {
            return Between(start, peak, position / top);
        }

        if (!ThreePhases)
        {
            return Between(peak, final, (position - top) / (last - top));
        }

        return position <= back
            ? Between(peak, start, (position - top) / (back - top))
            : Between(start, final, (position - back) / (last - back));
    }

    // A phase that has no length is over at once.
    private double Between(double from, double to, double share)
        => !double.IsFinite(share) ? to : Linear ? LineBetween(from, to, share) : CosineBetween(from, to, share);
}
