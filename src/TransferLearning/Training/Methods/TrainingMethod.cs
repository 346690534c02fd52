namespace TransferLearning;

/// <summary>
/// Something that joins a run of training besides its loss: a penalty that keeps weights near their start, batches that are mixed, a second
/// data set without labels. Set <see cref="FineTuneOptions.Methods"/>; derive a sealed record for one of your own.
/// </summary>
/// <remarks>It is data and may serve many runs; what a run needs of it is in its <see cref="TrainingMethodState"/>.</remarks>
public abstract record TrainingMethod
{
    /// <summary>What it must see of a step. Default: <see cref="MethodInput.Features"/>.</summary>
    public virtual MethodInput Input => MethodInput.Features;

    /// <summary>Whether it means the same where several processes train together, each on its part of a batch. Default: false, and such
    /// runs refuse it.</summary>
    public virtual bool ServesProcesses => false;

    /// <summary>Whether it means the same where blocks are computed again in the backward pass
    /// (<see cref="FineTuneOptions.GradientCheckpointing"/>). Default: true; false for what looks at layers' outputs or changes what a
    /// block computes: such runs refuse it, and <see cref="FineTuneOptions.MaxMemory"/> does not choose it.</summary>
    public virtual bool ServesRecomputation => true;

    /// <summary>The method in words: a run that resumes from a checkpoint must have the same. Default: its type and every public
    /// property.</summary>
    public virtual string Identity => RunIdentity.Properties(
        this, nameof(Input), nameof(ServesProcesses), nameof(ServesRecomputation), nameof(Identity));

    /// <summary>Begins a run, with the network as it is at its start, also where the run then resumes from a checkpoint.</summary>
    /// <param name="context">The run.</param>
    /// <returns>The state, which the run disposes at its end.</returns>
    /// <exception cref="ArgumentException">The method cannot join this run; the message says why.</exception>
    public abstract TrainingMethodState Begin(TrainingMethodContext context);
}
