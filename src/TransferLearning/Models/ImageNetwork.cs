namespace TransferLearning;

/// <summary>A network for images. It can be called with a plain [N, 3, H, W] tensor, as in PyTorch.</summary>
public abstract class ImageNetwork : Network
{
    /// <summary>Makes a network.</summary>
    /// <param name="name">The architecture's name.</param>
    protected ImageNetwork(string name) : base(name) { }

    // Every pass asks for them, and putting them together takes up to a hundredth of a small one.
    private IReadOnlyList<BackboneStep> StepsOnce => field ??= Steps;

    /// <summary>The head: takes what <see cref="ForwardFeatures(Tensor)"/> gives, returns logits.</summary>
    public nn.Module<Tensor, Tensor> Head => HeadModules[0];

    /// <inheritdoc/>
    /// <remarks>Every stage but the first; none where auxiliary heads branch off in between.</remarks>
    public sealed override IReadOnlyList<string> Divisions
        => AuxiliaryHeads.Count > 0 ? [] : [.. StepsOnce.Select(step => step.Stage).Distinct().Skip(1)];

    /// <summary>What the backbone does, in order, each step under its stage: from images, [N, 3, H, W], to the last feature map,
    /// [N, C, h, w]. <see cref="MapOf"/> and <see cref="Pool"/> say otherwise where the last step gives tokens. They are asked for
    /// once.</summary>
    protected abstract IReadOnlyList<BackboneStep> Steps { get; }

    /// <summary>
    /// The last feature map, [N, C, h, w], for explanations; transformers lay their tokens out as the grid they stand for.
    /// </summary>
    /// <param name="images">[N, 3, H, W].</param>
    public Tensor ForwardMap(Tensor images) => With(BackboneStep.Run(StepsOnce, images), MapOf);

    /// <summary>What enters the head: [N, <see cref="Network.FeatureCount"/>], or [N, C, h, w] where the head itself pools.</summary>
    /// <param name="images">[N, 3, H, W].</param>
    public Tensor ForwardFeatures(Tensor images)
    {
        Tensor features = With(BackboneStep.Run(StepsOnce, images), Pool);
        return InputAdapter?.Blend(features, images) ?? features;
    }

    /// <inheritdoc/>
    public sealed override Tensor ForwardBefore(string stage, ModelInput input)
    {
        RequireDivision(stage);
        return BackboneStep.Run(StepsOnce.TakeWhile(step => step.Stage != stage), Images(input));
    }

    /// <inheritdoc/>
    public sealed override Tensor ForwardFrom(string stage, Tensor activations, ModelInput? input = null)
    {
        RequireDivision(stage);
        return With(BackboneStep.Run(StepsOnce.SkipWhile(step => step.Stage != stage), activations), Pool);
    }

    /// <summary>The logits and, in training mode, those of auxiliary heads. The caller disposes all.</summary>
    /// <param name="images">[N, 3, H, W].</param>
    public virtual (Tensor Logits, IReadOnlyList<Tensor> Auxiliary) ForwardTraining(Tensor images) => (call(images), []);

    /// <inheritdoc/>
    public sealed override Tensor ForwardFeatures(ModelInput input) => ForwardFeatures(Images(input));

    /// <inheritdoc/>
    public sealed override (Tensor Outputs, IReadOnlyList<Tensor> Auxiliary) ForwardTraining(ModelInput input)
        => ForwardTraining(Images(input));

    /// <summary>The logits, [N, classes]. Call it by <c>call</c>.</summary>
    /// <param name="images">[N, 3, H, W]; they stay the caller's.</param>
    public Tensor forward(Tensor images)
    {
        using ImageInput input = new(images.alias());
        return forward(input);
    }

    /// <summary>The logits, [N, classes], hooks included.</summary>
    /// <param name="images">[N, 3, H, W]; they stay the caller's.</param>
    public Tensor call(Tensor images)
    {
        using ImageInput input = new(images.alias());
        return call(input);
    }

    /// <summary>Whether the maps between its blocks lie as [N, h, w, C], as Swin's do. Default: false, [N, C, h, w].</summary>
    protected internal virtual bool HasChannelsLast => false;

    /// <summary>The last feature map, of what the last step gave. Default: that itself.</summary>
    /// <param name="last">What the last step gave; it stays the caller's.</param>
    protected virtual Tensor MapOf(Tensor last) => last.alias();

    /// <summary>What enters the head, of what the last step gave. Default: the mean over height and width, [N, C].</summary>
    /// <param name="last">What the last step gave; it stays the caller's.</param>
    protected virtual Tensor Pool(Tensor last)
    {
        ArgumentNullException.ThrowIfNull(last);
        return last.mean([2, 3]);
    }

    private static Tensor With(Tensor last, Func<Tensor, Tensor> end)
    {
        using (last)
        {
            return end(last);
        }
    }

    private Tensor Images(ModelInput input)
        => input is ImageInput images
            ? images.Values
            : throw new ArgumentException(
                $"{GetName()} takes images ({nameof(ImageInput)}), not {input?.GetType().Name ?? "null"}.", nameof(input));
}
