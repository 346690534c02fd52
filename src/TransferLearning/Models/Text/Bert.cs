namespace TransferLearning;

/// <summary>BERT: a bidirectional encoder, as Hugging Face has it.</summary>
public sealed class Bert : ConfigFamily
{
    private static readonly EncoderLayout Layout = new()
    {
        Name = nameof(Bert),
        Backbone = "bert",
        HasPooler = true,
        VocabularyWeight = "cls.predictions.decoder.weight",
        OtherNames = new Dictionary<string, string> { ["cls.predictions.decoder.bias"] = "cls.predictions.bias" },
        HeadNames = ["classifier", "qa_outputs", "cls"],

        // Files from before 2019 have TensorFlow's names.
        OldNames = KeyMap.Empty.Pattern(@"\bLayerNorm\.gamma$", "LayerNorm.weight").Pattern(@"\bLayerNorm\.beta$", "LayerNorm.bias"),
        Head = BuildHead,
    };

    /// <inheritdoc/>
    public override string Name => "BERT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["bert"];

    /// <inheritdoc/>
    public override string Paper => "Devlin et al.: BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding, 2018";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => EncoderLayout.Heads;

    /// <inheritdoc/>
    public override string ClassPrefix => "Bert";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForMaskedLM";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new EncoderNetwork(Layout, config, head);

    private static IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(EncoderNetwork network, HeadSpec head)
    {
        (ModelConfig config, int width) = (network.Config, network.FeatureCount);
        return head.Kind switch
        {
            HeadKind.Pooled or HeadKind.Tokens =>
            [
                ("dropout", new Dropout(config.Probability("classifier_dropout", config.Probability("hidden_dropout_prob", 0.1)))),
                ("classifier", new Linear(width, head.Outputs)),
            ],
            HeadKind.Spans => [("qa_outputs", new Linear(width, 2))],
            HeadKind.Vocabulary =>
            [
                (
                    "cls",
                    new Sequential(("predictions", new VocabularyHead([("transform", Transform())], () => network.Words, network.IsTied))))
            ],
            _ => [],
        };

        Sequential Transform() => new(
            ("dense", new Linear(width, width)),
            ("transform_act_fn", new Activation("activation", network.Activation())),
            ("LayerNorm", new LayerNorm(width, config.Number("layer_norm_eps", 1e-12))));
    }
}
