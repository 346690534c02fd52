namespace TransferLearning;

/// <summary>A network for images. It can be called with a plain [N, 3, H, W] tensor, as in PyTorch.</summary>
public abstract class ImageNetwork : Network
{
    /// <summary>Makes a network.</summary>
    /// <param name="name">The architecture's name.</param>
    protected ImageNetwork(string name) : base(name) { }

    /// <summary>The head: takes what <see cref="ForwardFeatures(Tensor)"/> gives, returns logits.</summary>
    public nn.Module<Tensor, Tensor> Head => HeadModules[0];

    /// <summary>
    /// The last feature map, [N, C, h, w], for explanations; transformers lay their tokens out as the grid they stand for.
    /// </summary>
    /// <param name="images">[N, 3, H, W].</param>
    public abstract Tensor ForwardMap(Tensor images);

    /// <summary>What enters the head: [N, <see cref="Network.FeatureCount"/>], or [N, C, h, w] where the head itself pools.</summary>
    /// <param name="images">[N, 3, H, W].</param>
    public abstract Tensor ForwardFeatures(Tensor images);

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

    private Tensor Images(ModelInput input)
        => input is ImageInput images
            ? images.Values
            : throw new ArgumentException(
                $"{GetName()} takes images ({nameof(ImageInput)}), not {input?.GetType().Name ?? "null"}.", nameof(input));
}
