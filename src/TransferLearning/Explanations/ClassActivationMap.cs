namespace TransferLearning;

/// <summary>
/// A map made of the activations of one stage and the gradient of the score with respect to them. The network runs once up to the stage,
/// and from there forward and backward; what it shows is as coarse as the stage.
/// </summary>
public abstract record ClassActivationMap : AttributionMethod
{
    private protected ClassActivationMap() { }

    /// <summary>
    /// The stage to look into, as <see cref="Network.Stages"/> names it, or the full name of any module of the network: <c>layer4</c>,
    /// <c>features.7.1.norm1</c>. Of a stage it is the last module with a spatial grid from which a gradient comes, and without a name the
    /// last of the backbone; of a vision transformer that is the norm before the last attention, since behind it only the class token
    /// counts.
    /// </summary>
    public string? Stage { get; init; }

    internal sealed override Shares Compute(ScoredInput input, ExplanationWork work)
    {
        if (input.ImageSize is not { } size)
        {
            throw new InvalidOperationException(
                $"{Name} needs a spatial grid, and {input.Network.GetName()} takes texts: use {nameof(IntegratedGradients)} or "
                    + $"{nameof(Occlusion)}.");
        }

        work.CancellationToken.ThrowIfCancellationRequested();
        (string name, Tensor activation, Tensor gradient) = StageSearch.Find(input, Stage);
        Tensor raw = Combine(activation, gradient);
        return new Shares(SpatialGrid.Resize(raw.clamp_min(Scalars.Zero), size.Height, size.Width), IsSigned: false)
        {
            Grid = raw,
            Layer = name,
        };
    }

    /// <summary>The map before negative numbers are cut off.</summary>
    /// <param name="activation">[C, h, w].</param>
    /// <param name="gradient">Of the same shape.</param>
    internal abstract Tensor Combine(Tensor activation, Tensor gradient);

    /// <summary>The sum of the channels with a weight each.</summary>
    private protected static Tensor Weighted(Tensor activation, Tensor weights) => activation.mul(weights.view(-1, 1, 1)).sum([0]);
}
