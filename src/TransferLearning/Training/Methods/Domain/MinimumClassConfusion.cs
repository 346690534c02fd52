namespace TransferLearning;

/// <summary>
/// Makes predictions on the target confuse classes less with each other, without aligning anything: MCC (Jin et al., "Minimum Class
/// Confusion for Versatile Domain Adaptation", 2020). For classifiers.
/// </summary>
/// <param name="Target">The samples of the target; it stays the caller's.</param>
public sealed record MinimumClassConfusion(Dataset Target) : DomainMethod(Target)
{
    /// <summary>What the logits are divided by before they become probabilities. Default: 2.5, the authors' choice.</summary>
    public double Temperature { get; init => field = ValidNumber.Positive(value, nameof(Temperature)); } = 2.5;

    /// <inheritdoc/>
    private protected override bool AlignsFeatures => false;

    /// <inheritdoc/>
    private protected override TrainingMethodState BeginTerm(TrainingMethodContext context)
        => context.Task is not Classification ? throw Unfit($"works on predicted classes, and this model is for {context.Task.Name}")
            : new State(this, context);

    private sealed class State(MinimumClassConfusion method, TrainingMethodContext context) : DomainState(method, context)
    {
        protected override Tensor Term(MethodStep step, Tensor source, Tensor target, Tensor logits)
            => ClassConfusion.Of(logits, method.Temperature).Loss;
    }
}
