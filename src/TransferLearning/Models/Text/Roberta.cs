namespace TransferLearning;

/// <summary>
/// RoBERTa: BERT's encoder trained longer on more, with byte-level tokens and positions counted from the padding's number.
/// </summary>
public sealed class Roberta : ConfigFamily
{
    private static readonly EncoderLayout Layout = new()
    {
        Name = nameof(Roberta),
        Backbone = "roberta",
        CountsFromPadding = true,
        VocabularyWeight = "lm_head.decoder.weight",
        OtherNames = new Dictionary<string, string> { ["lm_head.decoder.bias"] = "lm_head.bias" },
        HeadNames = ["classifier", "qa_outputs", "lm_head"],
        Head = BuildHead,
    };

    /// <inheritdoc/>
    public override string Name => "RoBERTa";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["roberta", "camembert", "xlm-roberta"];

    /// <inheritdoc/>
    public override string Paper => "Liu et al.: RoBERTa: A Robustly Optimized BERT Pretraining Approach, 2019";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => EncoderLayout.Heads;

    /// <inheritdoc/>
    public override string ClassPrefix => "Roberta";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForMaskedLM";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new EncoderNetwork(Layout, config, head);

    private static IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(EncoderNetwork network, HeadSpec head)
    {
        (ModelConfig config, int width) = (network.Config, network.FeatureCount);
        double dropout = config.Probability("classifier_dropout", config.Probability("hidden_dropout_prob", 0.1));
        return head.Kind switch
        {
            HeadKind.Pooled =>
            [
                ("dropout", new Dropout(dropout)),
                ("classifier", new Sequential(
                    ("dense", new Linear(width, width)),
                    ("activation", new Activation("Tanh", x => x.tanh())),
                    ("dropout", new Dropout(dropout)),
                    ("out_proj", new Linear(width, head.Outputs)))),
            ],
            HeadKind.Tokens => [("dropout", new Dropout(dropout)), ("classifier", new Linear(width, head.Outputs))],
            HeadKind.Spans => [("qa_outputs", new Linear(width, 2))],
            HeadKind.Vocabulary => [("lm_head", new VocabularyHead(Transform(), () => network.Words, network.IsTied))],
            _ => [],
        };

        (string Name, nn.Module<Tensor, Tensor> Module)[] Transform() =>
        [
            ("dense", new Linear(width, width)),
            ("activation", Activation.Gelu()),
            ("layer_norm", new LayerNorm(width, config.Number("layer_norm_eps", 1e-5))),
        ];
    }
}
