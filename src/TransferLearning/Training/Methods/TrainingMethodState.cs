namespace TransferLearning;

/// <summary>What a <see cref="TrainingMethod"/> holds during one run. Everything it does depends on weights, seed, epoch and batch alone,
/// so that a run that resumes equals one that was never interrupted.</summary>
public abstract class TrainingMethodState : IDisposable
{
    /// <summary>Parameters of its own that are trained beside the network's, on its device, each with a name and a factor on the learning
    /// rate; a checkpoint holds them. They stay its own. Default: none.</summary>
    public virtual IReadOnlyList<(string Name, Tensor Parameter, double RateFactor)> Parameters => [];

    /// <summary>Other tensors of fixed shape that change during the run; a checkpoint holds them. They stay its own. Default:
    /// none.</summary>
    public virtual IReadOnlyList<(string Name, Tensor Value)> Saved => [];

    /// <summary>Comes before each epoch, and when a run resumes within one.</summary>
    /// <param name="epoch">From 0.</param>
    public virtual void BeforeEpoch(int epoch) { }

    /// <summary>
    /// Computes the loss of a batch, around that of the task: change the batch before <paramref name="next"/>, or what it gives after.
    /// Default: as it is.
    /// </summary>
    /// <param name="step">The step.</param>
    /// <param name="next">Computes the loss of the methods that follow, and of the task. What it gives belongs to the scope of the
    /// step.</param>
    /// <returns>The loss that is minimised; tensors made here are freed with the scope of the step.</returns>
    public virtual StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(next);
        return next(step.Batch);
    }

    /// <summary>Comes when all gradients of an optimizer step are there, before they are clipped.</summary>
    public virtual void AfterBackward() { }

    /// <summary>Comes when the weights have been changed.</summary>
    public virtual void AfterStep() { }

    /// <summary>Frees what it holds, and puts back what it changed of the network besides its weights.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what it holds, and puts back what it changed of the network besides its weights.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing) { }
}
