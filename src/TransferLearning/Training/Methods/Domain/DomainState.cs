namespace TransferLearning;

/// <summary>What every method with a target does in a step: the task's loss of the source, and a term of both.</summary>
/// <param name="method">The method.</param>
/// <param name="context">The run.</param>
internal abstract class DomainState(DomainMethod method, TrainingMethodContext context) : TrainingMethodState
{
    private readonly TargetBatches _batches = new(method.Target, context);

    /// <inheritdoc/>
    public sealed override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
    {
        StepLoss source = next(step.Batch);
        using Batch batch = _batches.Next(step.Epoch, step.Number);
        if (source.Outputs.size(0) < 2 || batch.Count < 2)
        {
            return source;
        }

        Tensor features = step.Features
            ?? throw new InvalidOperationException($"{method.GetType().Name} needs what enters the head, and the task did not run it.");
        (Tensor outputs, Tensor ofTarget) = step.Run(batch.Input);
        Tensor term = Term(step, Rows(features), Rows(ofTarget), outputs);
        return source with { Loss = source.Loss.Add(term, method.Weight) };
    }

    /// <summary>What is added to the loss, before its weight.</summary>
    /// <param name="step">The step.</param>
    /// <param name="source">The features of the source, [n, d].</param>
    /// <param name="target">Those of the target, [m, d].</param>
    /// <param name="logits">The outputs for the target.</param>
    protected abstract Tensor Term(MethodStep step, Tensor source, Tensor target, Tensor logits);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _batches.Dispose();
        base.Dispose(disposing);
    }

    private static Tensor Rows(Tensor features) => features.dim() == 4 ? features.mean([2, 3]) : features;
}
