namespace TransferLearning;

/// <summary>Scores that look at what the network's own head, trained on other classes, says of the new samples: they need no features, and
/// know nothing that the head does not say.</summary>
public static class SourceAgreement
{
    /// <summary>
    /// LEEP: the mean log-likelihood of the labels under a classifier that draws a source class from the head's probabilities and then a
    /// label from how the labels of that source class are distributed.
    /// </summary>
    /// <remarks>Nguyen, Hassner, Seeger, Archambeau: LEEP: A New Measure to Evaluate Transferability of Learned Representations,
    /// 2020.</remarks>
    /// <param name="probabilities">[N, source classes]: the head's probabilities.</param>
    /// <param name="labels">[N] integers.</param>
    /// <returns>At most 0, in nats.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit together, or a probability is NaN, infinite or below 0.</exception>
    public static double Leep(Tensor probabilities, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        LabelledRows rows = Checked(probabilities, labels);
        Tensor joint = rows.Membership.t().mm(rows.Features); // [classes, source classes], times N
        Tensor conditional = Shares(joint);
        return conditional.index_select(0, rows.Classes).mul(rows.Features).sum(1).log().mean().item<double>();
    }

    /// <summary>
    /// NCE: minus the entropy of the labels when the most probable source class is known.
    /// </summary>
    /// <remarks>Tran, Nguyen, Hassner: Transferability and Hardness of Supervised Classification Tasks, 2019.</remarks>
    /// <inheritdoc cref="Leep"/>
    public static double Nce(Tensor probabilities, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        LabelledRows rows = Checked(probabilities, labels);
        Tensor source = rows.Features.argmax(1);
        Tensor joint = rows.Membership.t().mm(nn.functional.one_hot(source, rows.Width).to(ScalarType.Float64));
        return Shares(joint).flatten().index_select(0, rows.Classes.Multiply(rows.Width).Add(source)).log().mean().item<double>();
    }

    // How the labels of each source class are distributed; 0 for a source class that never occurs.
    private static Tensor Shares(Tensor joint)
    {
        Tensor sums = joint.sum([0], keepdim: true);
        return joint.div(where(sums.gt(Scalars.Zero), sums, ones_like(sums)));
    }

    private static LabelledRows Checked(Tensor probabilities, Tensor labels)
    {
        LabelledRows rows = LabelledRows.Of(probabilities, labels);
        return rows.Features.min().item<double>() >= 0
            ? rows
            : throw new ArgumentException("A probability is below 0: apply a softmax to logits first.", nameof(probabilities));
    }
}
