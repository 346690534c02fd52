namespace TransferLearning.Layers;

/// <summary>The layers of an encoder or a decoder, one after another. They are registered in the tree that they are a part of.</summary>
internal sealed class TransformerStack
{
    private readonly TransformerLayer[] _layers;

    /// <summary>Makes the layers.</summary>
    /// <param name="tree">Where they are registered.</param>
    /// <param name="name">The name before their numbers: <c>encoder.layer</c>.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="options">What they are like.</param>
    public TransformerStack(ModuleTree tree, string name, int count, TransformerLayerOptions options)
        => _layers = [.. Enumerable.Range(0, count).Select(i => tree.Put($"{name}.{i}", new TransformerLayer(options)))];

    /// <summary>How many layers there are.</summary>
    public int Count => _layers.Length;

    /// <summary>
    /// The probability that training skips a layer, the same for all examples of a batch (Fan et al., "Reducing Transformer Depth on Demand
    /// with Structured Dropout", 2019). Default: 0.
    /// </summary>
    public double LayerDrop { get; set; }

    /// <summary>The first layer.</summary>
    public TransformerLayer First => _layers[0];

    /// <summary>[N, L, D] to [N, L, D].</summary>
    /// <param name="input">Is disposed.</param>
    /// <param name="mask">Added to the scores of attention to itself; null for none but, in causal layers, that of later keys.</param>
    /// <param name="source">What the encoder gave, for a decoder.</param>
    /// <param name="sourceMask">Added to the scores of attention to it; null for none.</param>
    /// <param name="cache">What came before; null for nothing.</param>
    /// <param name="observe">Given what each layer gives; what came in where training skips it.</param>
    /// <param name="first">The first layer to run.</param>
    /// <param name="end">The number after the last one; null for all.</param>
    public Tensor Run(
        Tensor input, Tensor? mask, Tensor? source = null, Tensor? sourceMask = null, DecoderCache? cache = null,
        Action<Tensor>? observe = null, int first = 0, int? end = null)
    {
        Tensor x = input;
        for (int i = first; i < (end ?? _layers.Length); i++)
        {
            if (LayerDrop > 0 && _layers[i].training && TrainingPass.NextRandom().NextBoolean(LayerDrop))
            {
                observe?.Invoke(x);
                continue;
            }

            (
                TransformerLayer layer,
                AttentionCache? own,
                AttentionCache? read) = (_layers[i], cache?.Own(i), source is null ? null : cache?.Read(i));
            Tensor next = TrainingPass.Run(
                layer, (input, others) => layer.Run(input, others[0], others[1], others[2], own, read), x, mask, source, sourceMask);
            x.Dispose();
            x = next;
            observe?.Invoke(x);
        }

        return x;
    }
}
