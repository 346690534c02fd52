namespace TransferLearning;

/// <summary>
/// Collects the layers of a new head in the order in which they run; the last linear layer, one output for each class, is added by itself.
/// </summary>
public sealed class HeadBuilder
{
    private readonly List<HeadLayer> _layers = [];

    internal HeadBuilder() { }

    internal IReadOnlyList<HeadLayer> Layers => _layers;

    /// <summary>A fully connected layer.</summary>
    /// <param name="width">How many numbers it gives.</param>
    public HeadBuilder Linear(int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        return Add(new HeadLayer(HeadLayerKind.Linear, width));
    }

    /// <summary>Dropout in training.</summary>
    /// <param name="probability">The share of numbers that are set to 0, from 0 to below 1.</param>
    public HeadBuilder Dropout(double probability)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(probability, 1);
        return Add(new HeadLayer(HeadLayerKind.Dropout, probability));
    }

    /// <summary>max(x, 0).</summary>
    public HeadBuilder Relu() => Add(new HeadLayer(HeadLayerKind.Relu));

    /// <summary>The Gaussian error linear unit.</summary>
    public HeadBuilder Gelu() => Add(new HeadLayer(HeadLayerKind.Gelu));

    /// <summary>The hyperbolic tangent.</summary>
    public HeadBuilder Tanh() => Add(new HeadLayer(HeadLayerKind.Tanh));

    /// <summary>Layer normalisation over the features.</summary>
    public HeadBuilder LayerNorm() => Add(new HeadLayer(HeadLayerKind.LayerNorm));

    /// <summary>The layers that a caller names.</summary>
    internal static IReadOnlyList<HeadLayer> LayersOf(Action<HeadBuilder> head)
    {
        ArgumentNullException.ThrowIfNull(head);
        HeadBuilder builder = new();
        head(builder);
        return builder.Layers;
    }

    private HeadBuilder Add(HeadLayer layer)
    {
        _layers.Add(layer);
        return this;
    }
}
