using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>RoBERTa: BERT's encoder trained longer on more, with byte-level tokens and positions counted from the padding's number.</summary>
public sealed class Roberta : ConfigFamily
{
    /// <inheritdoc/>
    public override string Name => "RoBERTa";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["roberta", "camembert", "xlm-roberta"];

    /// <inheritdoc/>
    public override string Paper => "Liu et al.: RoBERTa: A Robustly Optimized BERT Pretraining Approach, 2019";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => EncoderNetwork.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "Roberta";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForMaskedLM";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new Net(config, head);

    private sealed class Net : EncoderNetwork
    {
        private const string Prefix = "roberta.";

        [ComponentName(Name = "roberta")]
        private readonly BertEncoder _encoder;

        public Net(ModelConfig config, HeadSpec head)
            : base(nameof(Roberta), config, head)
        {
            _encoder = new BertEncoder(config, countsPositionsFromPadding: true);
            BuildFirstHead();
        }

        public override int FeatureCount => _encoder.Width;

        public override int? MaximumLength => _encoder.MaximumLength;

        public override IReadOnlyList<NetworkStage> Stages => _encoder.Stages(Prefix);

        public override string BackbonePrefix => Prefix;

        public override string WordEmbeddingName => "roberta.embeddings.word_embeddings.weight";

        public override IReadOnlyDictionary<string, string> Tied => TiedNames("lm_head.decoder.weight", ("lm_head.decoder.bias", "lm_head.bias"));

        // No head uses the pooler; heads of other tasks than this network's may come along.
        public override bool IsIgnored(string name)
            => IsPositions(name) || IsUnder(name, "classifier", "qa_outputs", "lm_head", "roberta.pooler");

        public override Tensor ForwardHidden(TokenInput inputs) => _encoder.call(inputs);

        protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head)
        {
            double dropout = Config.Probability("classifier_dropout", Config.Probability("hidden_dropout_prob", 0.1));
            return head.Kind switch
            {
                HeadKind.Pooled =>
                [
                    ("dropout", new Dropout(dropout)),
                    ("classifier", new Sequential(
                        ("dense", new Linear(FeatureCount, FeatureCount)),
                        ("activation", new Activation("Tanh", x => x.tanh())),
                        ("dropout", new Dropout(dropout)),
                        ("out_proj", new Linear(FeatureCount, head.Outputs)))),
                ],
                HeadKind.Tokens => [("dropout", new Dropout(dropout)), ("classifier", new Linear(FeatureCount, head.Outputs))],
                HeadKind.Spans => [("qa_outputs", new Linear(FeatureCount, 2))],
                HeadKind.Vocabulary => [("lm_head", new VocabularyHead(Transform(), () => _encoder.WordVectors, IsTied))],
                _ => [],
            };
        }

        private (string Name, nn.Module<Tensor, Tensor> Module)[] Transform() =>
        [
            ("dense", new Linear(FeatureCount, FeatureCount)),
            ("activation", Activation.Gelu()),
            ("layer_norm", new LayerNorm(FeatureCount, Config.Number("layer_norm_eps", 1e-5))),
        ];
    }
}
