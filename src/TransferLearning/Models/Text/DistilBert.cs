namespace TransferLearning;

/// <summary>DistilBERT: half of BERT's layers, taught by BERT; without token types and pooler.</summary>
public sealed class DistilBert : ConfigFamily
{
    private const double Epsilon = 1e-12;

    private static readonly EncoderLayout Layout = new()
    {
        Name = nameof(DistilBert),
        Backbone = "distilbert",
        Layers = "transformer.layer",
        Layer =
        [
            (LayerPart.Query, "attention.q_lin"),
            (LayerPart.Key, "attention.k_lin"),
            (LayerPart.Value, "attention.v_lin"),
            (LayerPart.Output, "attention.out_lin"),
            (LayerPart.Norm, "sa_layer_norm"),
            (LayerPart.First, "ffn.lin1"),
            (LayerPart.Second, "ffn.lin2"),
            (LayerPart.LastNorm, "output_layer_norm"),
        ],
        HasTypes = false,
        DropsAttention = false,
        Keys = ("dim", "n_layers", "n_heads", "hidden_dim", "activation", "dropout", "attention_dropout"),
        DefaultLayers = 6,
        Epsilon = Epsilon,
        VocabularyWeight = "vocab_projector.weight",
        HeadNames = ["pre_classifier", "classifier", "qa_outputs", "vocab_transform", "vocab_layer_norm", "vocab_projector"],
        Head = BuildHead,
    };

    /// <inheritdoc/>
    public override string Name => "DistilBERT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["distilbert"];

    /// <inheritdoc/>
    public override string Paper => "Sanh et al.: DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter, 2019";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => EncoderLayout.Heads;

    /// <inheritdoc/>
    public override string ClassPrefix => "DistilBert";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForMaskedLM";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new EncoderNetwork(Layout, config, head);

    private static IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(EncoderNetwork network, HeadSpec head)
    {
        (ModelConfig config, int width) = (network.Config, network.FeatureCount);
        return head.Kind switch
        {
            HeadKind.Pooled =>
            [
                ("pre_classifier", new Linear(width, width)),
                ("activation", Activation.Relu()),
                ("dropout", new Dropout(config.Probability("seq_classif_dropout", 0.2))),
                ("classifier", new Linear(width, head.Outputs)),
            ],
            HeadKind.Tokens =>
            [("dropout", new Dropout(config.Probability("dropout", 0.1))), ("classifier", new Linear(width, head.Outputs))],
            HeadKind.Spans => [("dropout", new Dropout(config.Probability("qa_dropout", 0.1))), ("qa_outputs", new Linear(width, 2))],
            HeadKind.Vocabulary =>
            [
                ("vocab_transform", new Linear(width, width)),
                ("activation", new Activation("activation", network.Activation())),
                ("vocab_layer_norm", new LayerNorm(width, Epsilon)),
                (
                    "vocab_projector",
                    network.IsTied ? new TiedLinear(() => network.Words, network.Words.size(0)) : new Linear(width, network.Words.size(0))),
            ],
            _ => [],
        };
    }
}
