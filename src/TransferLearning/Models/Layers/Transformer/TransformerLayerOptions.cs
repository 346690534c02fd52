namespace TransferLearning.Layers;

/// <summary>What makes the transformer layer of one architecture differ from that of another.</summary>
internal sealed record TransformerLayerOptions
{
    /// <summary>The parts that the layer has and their names, in the order of the checkpoint.</summary>
    public required IReadOnlyList<(LayerPart Part, string Name)> Names { get; init; }

    /// <summary>How many elements a token has.</summary>
    public required long Width { get; init; }

    /// <summary>How many elements it has within the feed-forward network.</summary>
    public required long Inner { get; init; }

    /// <summary>How many attention heads there are.</summary>
    public required long Heads { get; init; }

    /// <summary>How many elements a token has in one head; null for Width / Heads.</summary>
    public long? HeadWidth { get; init; }

    /// <summary>The function of the feed-forward network.</summary>
    public required Func<Tensor, Tensor> Activation { get; init; }

    /// <summary>Makes a norm.</summary>
    public required Func<nn.Module<Tensor, Tensor>> Norm { get; init; }

    /// <summary>
    /// Whether norms come before attention and feed-forward network, beside a path that leaves the input as it is; else after the sum.
    /// </summary>
    public bool NormsFirst { get; init; }

    /// <summary>Whether a query sees no later key where no mask says so.</summary>
    public bool IsCausal { get; init; }

    /// <summary>Whether linear layers have biases. Default: true.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>The parts that have no bias where the others have one. Default: none.</summary>
    public IReadOnlyList<LayerPart> WithoutBias { get; init; } = [];

    /// <summary>Whether linear layers are stored as [inputs, outputs].</summary>
    public bool StoresInputsFirst { get; init; }

    /// <summary>Whether scores are divided by the root of the width of a head. Default: true.</summary>
    public bool ScalesScores { get; init; } = true;

    /// <summary>The dropout of attention's weights.</summary>
    public double WeightDropout { get; init; }

    /// <summary>The dropout of what attention gives.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>The dropout within the feed-forward network.</summary>
    public double InnerDropout { get; init; }

    /// <summary>The dropout of what the feed-forward network gives.</summary>
    public double Dropout { get; init; }

    /// <summary>The names of the parts in BART and its kin, Marian and Whisper among them, in the order of the checkpoint.</summary>
    /// <param name="isDecoder">Whether the layer also attends to what the encoder made.</param>
    public static IReadOnlyList<(LayerPart Part, string Name)> EncoderDecoderNames(bool isDecoder)
        =>
        [
            (LayerPart.Key, "self_attn.k_proj"),
            (LayerPart.Value, "self_attn.v_proj"),
            (LayerPart.Query, "self_attn.q_proj"),
            (LayerPart.Output, "self_attn.out_proj"),
            (LayerPart.Norm, "self_attn_layer_norm"),
            .. isDecoder
                ?
                [
                    (LayerPart.SourceKey, "encoder_attn.k_proj"),
                    (LayerPart.SourceValue, "encoder_attn.v_proj"),
                    (LayerPart.SourceQuery, "encoder_attn.q_proj"),
                    (LayerPart.SourceOutput, "encoder_attn.out_proj"),
                    (LayerPart.SourceNorm, "encoder_attn_layer_norm"),
                ]
                : Array.Empty<(LayerPart, string)>(),
            (LayerPart.First, "fc1"),
            (LayerPart.Second, "fc2"),
            (LayerPart.LastNorm, "final_layer_norm"),
        ];
}
