namespace TransferLearning;

/// <summary>What every fit to logits asks of them.</summary>
internal static class CheckedLogits
{
    /// <summary>Throws unless there are logits and labels that fit together.</summary>
    /// <returns>The number of classes.</returns>
    /// <exception cref="ArgumentException">There is no sample, the lists do not fit together, or a logit is not finite.</exception>
    public static int Check(IReadOnlyList<double[]> logits, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        int classes = logits.Count == 0 ? 0 : logits[0].Length;
        if (classes == 0 || labels.Count != logits.Count)
        {
            throw new ArgumentException(
                $"There are {logits.Count} rows of logits and {labels.Count} labels; expected at least one, as many of both, and a logit "
                    + "for each class.",
                nameof(logits));
        }

        for (int i = 0; i < logits.Count; i++)
        {
            if (logits[i].Length != classes || !logits[i].All(double.IsFinite) || (uint)labels[i] >= (uint)classes)
            {
                throw new ArgumentException(
                    $"Sample {i} has {logits[i].Length} logits and the label {labels[i]}; expected {classes} finite logits and a label "
                        + $"from 0 to {classes - 1}.",
                    nameof(logits));
            }
        }

        return classes;
    }
}
