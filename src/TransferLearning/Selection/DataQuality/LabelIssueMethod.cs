namespace TransferLearning;

/// <summary>Which samples confident learning calls mislabelled (Northcutt et al., 2021, section 4).</summary>
public enum LabelIssueMethod
{
    /// <summary>Those that are confidently of another class: the entries off the diagonal of the confident joint.</summary>
    OffDiagonal,

    /// <summary>Of each class the samples least likely to be of it, as many as the joint estimates to be wrong.</summary>
    PruneByClass,

    /// <summary>For each pair of classes the samples with the largest margin for the other, as many as the joint estimates.</summary>
    PruneByNoiseRate,

    /// <summary>What both ways of pruning agree on.</summary>
    Both,

    /// <summary>All whose likeliest class is not their label.</summary>
    PredictedDiffers,
}
