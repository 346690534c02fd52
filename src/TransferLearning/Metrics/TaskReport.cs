namespace TransferLearning;

/// <summary>
/// What an evaluation says about a model at its task; each task has a report of its own. Derive a sealed record for a task of your own.
/// </summary>
public abstract record TaskReport
{
    /// <summary>The number by which models are compared and the best epoch is chosen; null where the loss is that number.</summary>
    public virtual Score? Score => null;

    /// <summary>The share of what was predicted correctly, 0 to 1; null for a task that has none.</summary>
    public virtual double? CorrectShare => null;
}
