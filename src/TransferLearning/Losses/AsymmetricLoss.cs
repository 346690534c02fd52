namespace TransferLearning;

/// <summary>Binary cross entropy that lets sure decisions count less where a label does not hold than where it does, for many labels of
/// which few hold (Ridnik et al., "Asymmetric Loss For Multi-Label Classification", 2021).</summary>
/// <remarks>Probabilities are cut to at least 1e-8 before the logarithm, as by the authors, so an output that is surely wrong has no
/// gradient. Theirs gives the sum over labels and examples; this is the mean, so a learning rate of theirs is to be multiplied.</remarks>
public sealed record AsymmetricLoss : LabelLoss
{
    private const double SmallestProbability = 1e-8;

    // Below it the base of a power counts as 0, and the power has no gradient.
    private const double Smallest = 1e-30;

    /// <summary>Creates the loss.</summary>
    /// <param name="gammaNegative">How quickly sure decisions stop counting where the label does not hold, at least 0.</param>
    /// <param name="gammaPositive">The same where the label holds.</param>
    /// <param name="clip">By how much the probability that a label does not hold is raised, from 0 to below 1: decisions surer than that
    /// count nothing.</param>
    /// <param name="detachesFocus">Whether the weight of a decision has no gradient of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public AsymmetricLoss(double gammaNegative = 4, double gammaPositive = 1, double clip = 0.05, bool detachesFocus = true)
    {
        GammaNegative = ValidNumber.NotNegative(gammaNegative, nameof(gammaNegative));
        GammaPositive = ValidNumber.NotNegative(gammaPositive, nameof(gammaPositive));
        Clip = ValidNumber.BelowOne(clip, nameof(clip));
        DetachesFocus = detachesFocus;
    }

    /// <summary>How quickly sure decisions stop counting where the label does not hold.</summary>
    public double GammaNegative { get; }

    /// <summary>How quickly sure decisions stop counting where the label holds.</summary>
    public double GammaPositive { get; }

    /// <summary>By how much the probability that a label does not hold is raised.</summary>
    public double Clip { get; }

    /// <summary>Whether the weight of a decision has no gradient of its own.</summary>
    public bool DetachesFocus { get; }

    /// <inheritdoc/>
    private protected override Tensor Each(Tensor outputs, Tensor targets)
    {
        using Scalar least = SmallestProbability.ToScalar(), smallest = Smallest.ToScalar();
        Tensor holds = outputs.sigmoid(), holdsNot = outputs.neg().sigmoid();
        if (Clip > 0)
        {
            holdsNot = holdsNot.Add(Clip).ClampMax(1.0);
        }

        Tensor logarithms = Either(targets, holds.clamp_min(least).log(), holdsNot.clamp_min(least).log());
        Tensor exponent = targets.Multiply(GammaPositive - GammaNegative).Add(GammaNegative);
        Tensor unsure = Either(targets, holds.neg().Add(1L), holdsNot.neg().Add(1L)).clamp_min(smallest).pow(exponent);
        return (DetachesFocus ? unsure.detach() : unsure).mul(logarithms).neg();
    }
}
