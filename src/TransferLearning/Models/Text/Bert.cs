using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>BERT: a bidirectional encoder, as Hugging Face has it.</summary>
public sealed class Bert : ConfigFamily
{
    /// <inheritdoc/>
    public override string Name => "BERT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["bert"];

    /// <inheritdoc/>
    public override string Paper => "Devlin et al.: BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding, 2018";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => EncoderNetwork.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "Bert";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForMaskedLM";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new Net(config, head);

    private sealed class Net : EncoderNetwork
    {
        private const string Prefix = "bert.";

        // Files from before 2019 have TensorFlow's names.
        private static readonly KeyMap OldNames = KeyMap.Empty
            .Pattern(@"\bLayerNorm\.gamma$", "LayerNorm.weight")
            .Pattern(@"\bLayerNorm\.beta$", "LayerNorm.bias");

        [ComponentName(Name = "bert")]
        private readonly BertEncoder _encoder;

        public Net(ModelConfig config, HeadSpec head)
            : base(nameof(Bert), config, head)
        {
            _encoder = new BertEncoder(config, countsPositionsFromPadding: false);
            BuildFirstHead();
        }

        public override int FeatureCount => _encoder.Width;

        public override int? MaximumLength => _encoder.MaximumLength;

        public override IReadOnlyList<NetworkStage> Stages => _encoder.Stages(Prefix);

        public override string BackbonePrefix => Prefix;

        public override IReadOnlyList<string> OptionalNames => ["bert.pooler"];

        public override string WordEmbeddingName => "bert.embeddings.word_embeddings.weight";

        public override IReadOnlyDictionary<string, string> Tied => TiedNames("cls.predictions.decoder.weight", ("cls.predictions.decoder.bias", "cls.predictions.bias"));

        public override KeyMap CheckpointNames => OldNames;

        // Also the heads of other tasks than this network's, which a checkpoint may bring along.
        public override bool IsIgnored(string name)
            => IsPositions(name) || IsUnder(name, "classifier", "qa_outputs", "cls", "bert.pooler");

        public override Tensor ForwardHidden(TokenInput inputs) => _encoder.call(inputs);

        public override Tensor Pool(Tensor hidden, TokenInput inputs) => _encoder.Pool(hidden);

        protected override IReadOnlyList<string> PrepareBackbone(HeadSpec head)
            => _encoder.SetPooler(head.Kind is HeadKind.None or HeadKind.Pooled) ? ["bert.pooler"] : [];

        protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head) => head.Kind switch
        {
            HeadKind.Pooled or HeadKind.Tokens =>
            [
                ("dropout", new Dropout(Config.Probability("classifier_dropout", Config.Probability("hidden_dropout_prob", 0.1)))),
                ("classifier", new Linear(FeatureCount, head.Outputs)),
            ],
            HeadKind.Spans => [("qa_outputs", new Linear(FeatureCount, 2))],
            HeadKind.Vocabulary => [("cls", new Sequential(("predictions", new VocabularyHead([("transform", Transform())], () => _encoder.WordVectors, IsTied))))],
            _ => [],
        };

        private Sequential Transform() => new(
            ("dense", new Linear(FeatureCount, FeatureCount)),
            ("transform_act_fn", new Activation("activation", ActivationFunctions.Named(Config.Text("hidden_act", "gelu")))),
            ("LayerNorm", new LayerNorm(FeatureCount, Config.Number("layer_norm_eps", 1e-12))));
    }
}
