namespace TransferLearning;

/// <summary>
/// How gradients become better parameters: an immutable choice of a rule and its numbers, which can be shared between runs.
/// </summary>
/// <remarks>The kinds are <see cref="Sgd"/>, <see cref="Adam"/>, <see cref="AdamW"/>, <see cref="RmsProp"/> and <see cref="Adagrad"/>.
/// Rules and defaults equal those of <c>torch.optim</c>. The rate is the one of the whole run: schedules move it, and parts of the network
/// may have a factor of their own.</remarks>
public abstract record Optimizer
{
    private protected Optimizer(double learningRate, double weightDecay)
    {
        LearningRate = ValidNumber.NotNegative(learningRate, nameof(learningRate));
        WeightDecay = ValidNumber.NotNegative(weightDecay, nameof(weightDecay));
    }

    /// <summary>The learning rate before any schedule, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double LearningRate { get; init => field = ValidNumber.NotNegative(value, nameof(LearningRate)); }

    /// <summary>How strongly the weights are pulled towards 0, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double WeightDecay { get; init => field = ValidNumber.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>Makes the running state of this rule over some parameters; the caller disposes it.</summary>
    internal abstract OptimizerState CreateState(IReadOnlyList<ParameterGroup> groups);
}
