namespace TransferLearning;

/// <summary>The rate times a factor whenever the watched number has stopped getting better: PyTorch's <c>ReduceLROnPlateau</c>.</summary>
/// <remarks>Watches one number per epoch, always counts epochs, and is computed anew from all epochs so far, so that nothing but their
/// numbers has to be saved to resume. A number that is not a number is never better.</remarks>
public sealed record ReduceOnPlateauSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="factor">What the rate is multiplied by, above 0 and below 1.</param>
    /// <param name="patience">How many epochs without an improvement are borne; the next one reduces the rate.</param>
    /// <param name="threshold">How much better a number must be to count, at least 0.</param>
    /// <param name="cooldown">For how many epochs after a reduction nothing is counted.</param>
    /// <param name="minimumRate">The smallest rate, at least 0.</param>
    /// <param name="smallestChange">Reductions of at most this much are left out, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public ReduceOnPlateauSchedule(
        double factor = 0.1, int patience = 10, double threshold = 1e-4, int cooldown = 0, double minimumRate = 0,
        double smallestChange = 1e-8)
    {
        Factor = ValidNumber.Positive(ValidNumber.BelowOne(factor, nameof(factor)), nameof(factor));
        Patience = ValidNumber.AtLeast(patience, 0, nameof(patience));
        Threshold = ValidNumber.NotNegative(threshold, nameof(threshold));
        Cooldown = ValidNumber.AtLeast(cooldown, 0, nameof(cooldown));
        MinimumRate = ValidNumber.NotNegative(minimumRate, nameof(minimumRate));
        SmallestChange = ValidNumber.NotNegative(smallestChange, nameof(smallestChange));
    }

    /// <summary>What the rate is multiplied by.</summary>
    public double Factor { get; }

    /// <summary>How many epochs without an improvement are borne.</summary>
    public int Patience { get; }

    /// <summary>How much better a number must be to count.</summary>
    public double Threshold { get; }

    /// <summary>For how many epochs after a reduction nothing is counted.</summary>
    public int Cooldown { get; }

    /// <summary>The smallest rate.</summary>
    public double MinimumRate { get; }

    /// <summary>Reductions of at most this much are left out.</summary>
    public double SmallestChange { get; }

    /// <summary>Whether <see cref="Threshold"/> is a difference instead of a share of the best number; default false.</summary>
    public bool AbsoluteThreshold { get; init; }

    /// <summary>Whether larger numbers are better, as for an accuracy; default false.</summary>
    public bool LargerIsBetter { get; init; }

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
    {
        double rate = moment.BaseRate, best = LargerIsBetter ? double.NegativeInfinity : double.PositiveInfinity;
        int bad = 0, cooling = 0;
        foreach (double current in moment.EpochLosses)
        {
            bool better = IsBetter(current, best);
            best = better ? current : best;
            bad = better ? 0 : bad + 1;
            if (cooling > 0)
            {
                cooling--;
                bad = 0;
            }

            if (bad > Patience)
            {
                double reduced = Math.Max(rate * Factor, MinimumRate);
                rate = rate - reduced > SmallestChange ? reduced : rate;
                cooling = Cooldown;
                bad = 0;
            }
        }

        return rate;
    }

    private bool IsBetter(double current, double best) => (LargerIsBetter, AbsoluteThreshold) switch
    {
        (false, false) => current < best * (1 - Threshold),
        (false, true) => current < best - Threshold,
        (true, false) => current > best * (1 + Threshold),
        (true, true) => current > best + Threshold,
    };
}
