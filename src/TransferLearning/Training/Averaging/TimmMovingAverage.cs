namespace TransferLearning;

/// <summary>A running mean of the weights as timm's <c>ModelEmaV3</c> makes it: a decay that may warm up, and begin after some steps, until
/// which the average is a copy. Statistics of batch norms are averaged like weights.</summary>
public sealed record TimmMovingAverage : WeightAveraging
{
    /// <summary>Creates the average.</summary>
    /// <param name="decay">How much of the average stays after each step, from 0 up to but not 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public TimmMovingAverage(double decay = 0.9999) => Decay = ValidNumber.BelowOne(decay, nameof(decay));

    /// <summary>How much of the average stays after each step; with a warm-up the most.</summary>
    public double Decay { get; }

    /// <summary>The least that stays during the warm-up. Default: 0.</summary>
    public double MinimumDecay { get; init => field = ValidNumber.BelowOne(value, nameof(MinimumDecay)); }

    /// <summary>After how many steps averaging begins. Default: 0; the first step always copies.</summary>
    public int UpdateAfterStep { get; init => field = ValidNumber.AtLeast(value, 0, nameof(UpdateAfterStep)); }

    /// <summary>Whether the decay of the n-th averaged step is 1 − (1 + n / <see cref="WarmUpGamma"/>)^−<see cref="WarmUpPower"/> as long
    /// as that is smaller. Default: false.</summary>
    public bool WarmUp { get; init; }

    /// <summary>The length of the warm-up. Default: 1.</summary>
    public double WarmUpGamma { get; init => field = ValidNumber.Positive(value, nameof(WarmUpGamma)); } = 1;

    /// <summary>How fast it is: 2/3 for runs of a million steps, 3/4 for shorter ones. Default: 2/3.</summary>
    public double WarmUpPower { get; init => field = ValidNumber.Positive(value, nameof(WarmUpPower)); } = 2.0 / 3;

    /// <inheritdoc/>
    internal override bool AveragesBuffers => true;

    /// <inheritdoc/>
    internal override WeightAveraging Shortened(double epochs, double steps)
        => this with { UpdateAfterStep = (int)(UpdateAfterStep * steps) };

    /// <inheritdoc/>
    internal override double? Kept(in AveragingMoment moment)
    {
        long step = Math.Max(0, moment.Updates - UpdateAfterStep);
        return step == 0
            ? 0
            : WarmUp
                ? Math.Max(MinimumDecay, Math.Min(Decay, 1 - Math.Pow(1 + (step / WarmUpGamma), -WarmUpPower)))
                : Decay;
    }
}
