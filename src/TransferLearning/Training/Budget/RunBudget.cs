namespace TransferLearning;

/// <summary>What a run keeps to.</summary>
/// <param name="Plan">What it does.</param>
/// <param name="Deadline">When it must end; null for never.</param>
/// <param name="Identity">The limits and what was asked for, in words: what a run that resumes must have in common with it.</param>
internal sealed record RunBudget(BudgetPlan Plan, RunDeadline? Deadline, string Identity)
{
    /// <summary>Receives the batches of features that were computed.</summary>
    public IProgress<int>? FeatureProgress { get; init; }
}
