namespace TransferLearning;

/// <summary>
/// Trains with a second data set without labels, the target: images of another camera, texts of another source. The task's loss comes from
/// the labelled training set, the source, and a term that is added makes the network fit the target.
/// </summary>
/// <remarks>
/// <para>Each step takes a batch of the target beside the one of the source: as many samples, in an order that depends on seed, epoch and
/// step, prepared in the same way. Labels of the target are never looked at.</para>
/// <para>Source and target go through the network one after the other, so batch norms in training normalise each by its own statistics, and
/// their running statistics are a mixture of both. For predictions on the target alone take them anew from it:
/// <see cref="DomainAdaptationExtensions.AdaptBatchNorms{T}"/>.</para>
/// <para>Features are what enters the head; maps are averaged over their places. A batch of one sample adds nothing.</para>
/// </remarks>
/// <param name="Target">The samples of the target; it stays the caller's. Classes play no part.</param>
public abstract record DomainMethod(Dataset Target) : TrainingMethod
{
    /// <summary>What the term is multiplied by. Default: 1.</summary>
    public double Weight { get; init => field = ValidNumber.NotNegative(value, nameof(Weight)); } = 1;

    /// <inheritdoc/>
    public override MethodInput Input => MethodInput.Samples;

    /// <summary>Whether the term moves only what comes before the head, so that it has nothing to do where all of that is frozen.</summary>
    private protected virtual bool AlignsFeatures => true;

    /// <inheritdoc/>
    public sealed override TrainingMethodState Begin(TrainingMethodContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(Target);
        if (context.Network.HeadKind != HeadKind.Pooled)
        {
            throw Unfit($"works on one vector for each sample, and the head for {context.Task.Name} takes more");
        }

        if (Target.Count < 2)
        {
            throw Unfit($"needs at least two samples of the target, and {Target} has {Target.Count}");
        }

        if (AlignsFeatures && !context.Network.named_parameters().Any(
            entry => entry.parameter.requires_grad && !context.Network.IsInHead(entry.name)))
        {
            throw Unfit("moves what enters the head, and nothing before the head is trained. Call UnfreezeFrom(stage) or Unfreeze()");
        }

        return BeginTerm(context);
    }

    /// <summary>Begins a run that was checked.</summary>
    private protected abstract TrainingMethodState BeginTerm(TrainingMethodContext context);

    /// <summary>The error of a run that the method cannot join.</summary>
    private protected ArgumentException Unfit(string why) => new($"{GetType().Name} {why}.");
}
