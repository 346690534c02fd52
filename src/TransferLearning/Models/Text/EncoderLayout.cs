namespace TransferLearning;

/// <summary>What makes one bidirectional encoder differ from another: names, keys of the configuration, and heads.</summary>
internal sealed record EncoderLayout
{
    /// <summary>The heads that all of them have.</summary>
    public static IReadOnlyList<HeadKind> Heads { get; } =
    [
        HeadKind.None,
        HeadKind.Pooled,
        HeadKind.Tokens,
        HeadKind.Spans,
        HeadKind.Vocabulary,
    ];

    /// <summary>BERT's and RoBERTa's names of a layer's parts.</summary>
    public static IReadOnlyList<(LayerPart Part, string Name)> BertLayer { get; } =
    [
        (LayerPart.Query, "attention.self.query"),
        (LayerPart.Key, "attention.self.key"),
        (LayerPart.Value, "attention.self.value"),
        (LayerPart.Output, "attention.output.dense"),
        (LayerPart.Norm, "attention.output.LayerNorm"),
        (LayerPart.First, "intermediate.dense"),
        (LayerPart.Second, "output.dense"),
        (LayerPart.LastNorm, "output.LayerNorm"),
    ];

    /// <summary>The architecture's name.</summary>
    public required string Name { get; init; }

    /// <summary>The backbone's name.</summary>
    public required string Backbone { get; init; }

    /// <summary>The parts of a layer.</summary>
    public IReadOnlyList<(LayerPart Part, string Name)> Layer { get; init; } = BertLayer;

    /// <summary>The name before the layers' numbers.</summary>
    public string Layers { get; init; } = "encoder.layer";

    /// <summary>Whether tokens of two texts have vectors of their own.</summary>
    public bool HasTypes { get; init; } = true;

    /// <summary>Whether there is a pooler, a layer after the first token's vector, for heads that pool.</summary>
    public bool HasPooler { get; init; }

    /// <summary>Whether positions are counted from the number after the padding's, and padding stays there.</summary>
    public bool CountsFromPadding { get; init; }

    /// <summary>Whether what attention gives is dropped before it is added. Default: true.</summary>
    public bool DropsAttention { get; init; } = true;

    /// <summary>
    /// Keys of the configuration: the width, the number of layers and of heads, the width inside, the function, the two dropouts.
    /// </summary>
    public (string Width, string Layers, string Heads, string Inner, string Activation, string Dropout, string AttentionDropout) Keys
    { get; init; } =
        (
            "hidden_size",
            "num_hidden_layers",
            "num_attention_heads",
            "intermediate_size",
            "hidden_act",
            "hidden_dropout_prob",
            "attention_probs_dropout_prob");

    /// <summary>The number of layers where the configuration does not say. Default: 12.</summary>
    public int DefaultLayers { get; init; } = 12;

    /// <summary>What norms add to the variance; null means what the configuration says, and 1e-12 where it does not.</summary>
    public double? Epsilon { get; init; }

    /// <summary>What norms of a network add to the variance.</summary>
    public double EpsilonOf(ModelConfig config) => Epsilon ?? config.Number("layer_norm_eps", 1e-12);

    /// <summary>The name of the output layer's weight over the vocabulary, which is tied or not.</summary>
    public required string VocabularyWeight { get; init; }

    /// <summary>Other names of parameters.</summary>
    public IReadOnlyDictionary<string, string> OtherNames { get; init; } = new Dictionary<string, string>();

    /// <summary>The beginnings of names of all heads, which a checkpoint may bring along.</summary>
    public required IReadOnlyList<string> HeadNames { get; init; }

    /// <summary>Names of old checkpoints.</summary>
    public KeyMap OldNames { get; init; } = KeyMap.Empty;

    /// <summary>The modules of a head.</summary>
    public required Func<EncoderNetwork, HeadSpec, IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)>> Head { get; init; }
}
