namespace TransferLearning;

/// <summary>What can be said of features and labels without training: the higher each score, the better, and only the order within one task
/// means anything.</summary>
/// <param name="LogMe">The evidence of a linear model, exact, so that networks with different numbers of features can be compared: <see
/// cref="TransferLearning.LogMe.WithNullSpace"/>.</param>
/// <param name="PublishedLogMe">The same as its authors' program computes it, <see cref="TransferLearning.LogMe.Score"/>: with fewer
/// samples than features only networks with as many features can be compared.</param>
/// <param name="Leep">What the network's own head says of the labels, in nats: <see cref="SourceAgreement.Leep"/>; null without a trained
/// head.</param>
/// <param name="Nce">The same by the head's most probable class: <see cref="SourceAgreement.Nce"/>; null without a trained head.</param>
/// <param name="HScore">The variance between classes in units of the covariance: <see cref="TransferLearning.HScore"/>.</param>
/// <param name="RegularizedHScore">The same with a shrunk covariance.</param>
/// <param name="TransRate">The coding rate that the labels save, in nats: <see cref="TransferLearning.TransRate"/>.</param>
/// <param name="Separation">Minus the overlap of the classes' Gaussians: <see cref="GaussianSeparation"/>.</param>
public sealed record TransferabilityScores(
    double LogMe, double PublishedLogMe, double? Leep, double? Nce, double HScore, double RegularizedHScore, double TransRate,
    double Separation)
{
    /// <summary>Computes all scores.</summary>
    /// <param name="features">[N, width].</param>
    /// <param name="labels">[N] integers.</param>
    /// <param name="sourceProbabilities">[N, source classes]: the probabilities of the network's own head; null without one.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together, or a number is NaN or infinite.</exception>
    public static TransferabilityScores Of(Tensor features, Tensor labels, Tensor? sourceProbabilities = null)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        LabelledRows rows = LabelledRows.Of(features, labels);
        LabelledRows centred = rows.Centred;
        LogMe evidence = TransferLearning.LogMe.Of(rows);
        HScore hScore = TransferLearning.HScore.OfCentred(centred);
        return new TransferabilityScores(
            evidence.WithNullSpace,
            evidence.Score,
            sourceProbabilities is null ? null : SourceAgreement.Leep(sourceProbabilities, labels),
            sourceProbabilities is null ? null : SourceAgreement.Nce(sourceProbabilities, labels),
            hScore.Score,
            hScore.Regularized,
            TransferLearning.TransRate.OfCentred(centred).Score,
            GaussianSeparation.Of(rows));
    }
}
