namespace TransferLearning;

/// <summary>What a trainer needs to know about what it trains.</summary>
/// <param name="Task">What is learned.</param>
/// <param name="Pass">Runs the network, which is on its device already.</param>
/// <param name="Groups">What is trained, in parts that may have learning rates of their own.</param>
/// <param name="FreezeStatistics">Whether frozen batch norms keep their statistics.</param>
/// <param name="Validate">Evaluates the network as it is; null without a validation set.</param>
internal sealed record TrainingPlan(
    LearningTask Task, ForwardPass Pass, IReadOnlyList<ParameterGroup> Groups, bool FreezeStatistics,
    Func<CancellationToken, (double Loss, Score? Score)>? Validate)
{
    /// <summary>
    /// What a checkpoint must have in common with the run that resumes from it, beside options and weights: architecture, data sets,
    /// preprocessing; each a name and its value in words.
    /// </summary>
    public IReadOnlyDictionary<string, string> Identity { get; init; } = new Dictionary<string, string>();

    /// <summary>How good the weights are that it begins with, where that is known: better ones must be better than these.</summary>
    public (double Loss, Score? Score)? Start { get; init; }

    /// <summary>The smallest batch to learn from; a smaller one is left out, and it is said.</summary>
    public int SmallestBatch { get; init; } = 1;

    /// <summary>What a sample is called.</summary>
    public Func<int, string> NameOf { get; init; } = index => $"sample {index}";

    /// <summary>The processes that train together.</summary>
    public Ranks Ranks { get; init; } = new(null);

    /// <summary>What joins the run besides the loss; it belongs to whoever began it.</summary>
    public MethodChain Methods { get; init; } = MethodChain.None;

    /// <summary>The number of batches of an epoch.</summary>
    public int BatchCount { get; init; } = 1;

    /// <summary>The network.</summary>
    public Network Network => Pass.Network;
}
