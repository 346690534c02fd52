namespace TransferLearning;

/// <summary>A running mean of the weights, which is evaluated and kept instead of the weights themselves: after each step average = decay ×
/// average + (1 − decay) × weight. Equal to PyTorch's <c>AveragedModel</c> with <c>get_ema_multi_avg_fn</c>: the first step copies the
/// weights, and statistics of batch norms are not averaged.</summary>
/// <remarks>Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992).</remarks>
public sealed record ExponentialMovingAverage : WeightAveraging
{
    /// <summary>Creates the average.</summary>
    /// <param name="decay">How much of the average stays after each step, from 0 up to but not 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public ExponentialMovingAverage(double decay = 0.999) => Decay = ValidNumber.BelowOne(decay, nameof(decay));

    /// <summary>How much of the average stays after each step.</summary>
    public double Decay { get; }

    /// <summary>Whether the decay begins small, min(decay, (1 + n) / (10 + n)) after n steps, so that short runs are not held to their
    /// first weights. Default: false, as in PyTorch.</summary>
    public bool WarmUp { get; init; }

    /// <summary>Whether the average begins with the weights before the first step, of which the decay then keeps its share, instead of
    /// those after it. Default: false, as in PyTorch.</summary>
    public bool BeginsBeforeFirstStep { get; init; }

    /// <summary>The decay of the update after <paramref name="updates"/> earlier ones; 0 takes the weights as they are.</summary>
    internal double DecayAfter(long updates)
    {
        long steps = BeginsBeforeFirstStep ? updates + 1 : updates;
        return steps == 0 ? 0 : WarmUp ? Math.Min(Decay, (1.0 + steps) / (10.0 + steps)) : Decay;
    }

    /// <inheritdoc/>
    internal override double? Kept(in AveragingMoment moment) => DecayAfter(moment.Updates);
}
