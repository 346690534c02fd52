namespace TransferLearning;

/// <summary>
/// How attention passes from layer to layer: the product of their weights, averaged over heads and mixed with what goes past them (Abnar
/// and Zuidema, 2020). It knows no class: the map is the same for all.
/// </summary>
public sealed record AttentionRollout : AttributionMethod
{
    /// <inheritdoc/>
    public override string Name => "attention rollout";

    /// <summary>The share of what goes past each attention. Default: 0.5.</summary>
    public double Residual { get; init; } = 0.5;

    internal override Shares Compute(ScoredInput input, ExplanationWork work)
    {
        work.CancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<Tensor> layers = Layers(input);
        Tensor reached = Product(layers);
        bool isCausal = reached.size(0) > 1 && layers.All(layer => ScoredInput.ToArray(layer[0])[^1] == 0);
        if (input.ImageSize is not { } size)
        {
            return new Shares(reached[isCausal ? (int)reached.size(0) - 1 : 0], IsSigned: false);
        }

        Tensor grid = SpatialGrid.Of(reached[0].view(1, -1, 1), size.Height, size.Width)?[0]
            ?? throw new InvalidOperationException(
                $"The {reached.size(0)} tokens of {input.Network.GetName()} do not lie on a grid of the image's shape.");
        return new Shares(SpatialGrid.Resize(grid, size.Height, size.Width), IsSigned: false) { Grid = grid };
    }

    /// <summary>The weights of each layer's attention, the mean over its heads, [L, L].</summary>
    /// <exception cref="InvalidOperationException">Not every token can attend to every other in one attention of each layer.</exception>
    internal static IReadOnlyList<Tensor> Layers(ScoredInput input)
    {
        List<Tensor> layers = [];
        try
        {
            using (no_grad())
            using (new ForwardTap { OnAttention = layers.Add })
            {
                _ = input.Scores(input.Values);
            }

            bool isWhole = layers.Count > 0
                && layers.All(layer => layer.size(0) == 1 && layer.size(1) == layer.size(2) && layer.size(1) == layers[0].size(1));
            return isWhole
                ? [.. layers.Select(layer => layer[0])]
                : throw new InvalidOperationException(
                    "Attention rollout needs layers in which all tokens attend to all, such as those of a vision transformer or BERT; "
                        + $"{input.Network.GetName()} has {(layers.Count == 0 ? "none" : "others")}. Use {nameof(GradCam)} for images, "
                        + $"{nameof(IntegratedGradients)} for texts.");
        }
        finally
        {
            layers.ForEach(layer => layer.Dispose());
        }
    }

    /// <summary>A layer's weights mixed with what goes past it, each row with the sum 1, [L, L].</summary>
    internal Tensor Mixed(Tensor layer)
    {
        Tensor mixed = eye(layer.size(0), layer.size(1), layer.dtype, layer.device).Multiply(Residual).Add(layer.Multiply(1 - Residual));
        return mixed.div(mixed.sum(1, keepdim: true));
    }

    /// <summary>How much of each input token is in each token at the end, [L, L].</summary>
    internal Tensor Product(IReadOnlyList<Tensor> layers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Residual);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Residual, 1);
        return layers.Select(Mixed).Aggregate((before, layer) => layer.mm(before));
    }
}
