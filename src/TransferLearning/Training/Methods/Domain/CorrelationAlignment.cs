namespace TransferLearning;

/// <summary>Brings the covariances of the features of source and target together: Deep CORAL (Sun and Saenko, 2016).</summary>
/// <param name="Target">The samples of the target; it stays the caller's.</param>
public sealed record CorrelationAlignment(Dataset Target) : DomainMethod(Target)
{
    /// <summary>Whether the mean squared differences of covariances and of means are taken, as the Transfer-Learning-Library does, which is
    /// far more than the paper's form. Default: false.</summary>
    public bool WithMeans { get; init; }

    /// <inheritdoc/>
    private protected override TrainingMethodState BeginTerm(TrainingMethodContext context) => new State(this, context);

    private sealed class State(CorrelationAlignment method, TrainingMethodContext context) : DomainState(method, context)
    {
        protected override Tensor Term(MethodStep step, Tensor source, Tensor target, Tensor logits)
            => CorrelationDistance.Of(source, target, method.WithMeans);
    }
}
