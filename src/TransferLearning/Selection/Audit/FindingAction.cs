namespace TransferLearning;

/// <summary>What is to be done about a finding.</summary>
public enum FindingAction
{
    /// <summary>Nothing: the sample stays as it is. A person may look at it.</summary>
    Keep,

    /// <summary>The sample is left out by <see cref="AuditExtensions.Without"/>.</summary>
    Remove,

    /// <summary>The sample gets the suggested label by
    /// <see cref="AuditExtensions.Relabelled(Dataset, AuditFindings)"/>.</summary>
    Relabel,
}
