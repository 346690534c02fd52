using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>RoBERTa: BERT's encoder trained longer on more, with byte-level tokens and positions counted from the padding's number.</summary>
public sealed class Roberta : TextFamily
{
    /// <inheritdoc/>
    public override string Name => "RoBERTa";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["roberta", "camembert", "xlm-roberta"];

    /// <inheritdoc/>
    public override string Paper => "Liu et al.: RoBERTa: A Robustly Optimized BERT Pretraining Approach, 2019";

    /// <inheritdoc/>
    public override IReadOnlyList<TextTask> Tasks { get; } =
        [TextTask.Features, TextTask.SequenceClassification, TextTask.TokenClassification, TextTask.QuestionAnswering, TextTask.MaskedLanguageModel];

    /// <inheritdoc/>
    public override string ClassPrefix => "Roberta";

    /// <inheritdoc/>
    protected override TextNetwork BuildNetwork(TextConfig config, TextTask task, int labels) => new Net(config, task, labels);

    private sealed class Net : EncoderNetwork
    {
        private const string Prefix = "roberta.";

        [ComponentName(Name = "roberta")]
        private readonly BertEncoder _encoder;

        private readonly Dropout _dropout;

        [ComponentName(Name = "classifier")]
        private readonly nn.Module<Tensor, Tensor>? _classifier;

        [ComponentName(Name = "qa_outputs")]
        private readonly Linear? _spans;

        [ComponentName(Name = "lm_head")]
        private readonly MaskedHead? _masked;

        public Net(TextConfig config, TextTask task, int labels)
            : base(nameof(Roberta), config, task, labels)
        {
            _encoder = new BertEncoder(config, hasPooler: false, countsPositionsFromPadding: true);
            double dropout = config.Probability("classifier_dropout", config.Probability("hidden_dropout_prob", 0.1));
            _dropout = new Dropout(dropout);
            switch (task)
            {
                case TextTask.SequenceClassification:
                    _classifier = new Chain(
                        ("dense", new Linear(_encoder.Width, _encoder.Width)),
                        ("activation", new Activation("Tanh", x => x.tanh())),
                        ("dropout", new Dropout(dropout)),
                        ("out_proj", new Linear(_encoder.Width, labels)));
                    break;
                case TextTask.TokenClassification:
                    _classifier = new Linear(_encoder.Width, labels);
                    break;
                case TextTask.QuestionAnswering:
                    _spans = new Linear(_encoder.Width, 2);
                    break;
                case TextTask.MaskedLanguageModel:
                    _masked = new MaskedHead(config, _encoder.Width);
                    break;
                default:
                    break;
            }

            RegisterComponents();
        }

        public override int FeatureCount => _encoder.Width;

        public override int? MaximumLength => _encoder.MaximumLength;

        public override IReadOnlyList<NetworkStage> Stages => _encoder.Stages(Prefix);

        public override string BackbonePrefix => Prefix;

        public override IReadOnlyList<string> HeadNames => ["classifier", "qa_outputs", "lm_head"];

        public override string WordEmbeddingName => "roberta.embeddings.word_embeddings.weight";

        public override IReadOnlyDictionary<string, string> Tied { get; } = new Dictionary<string, string>
        {
            ["lm_head.decoder.weight"] = "roberta.embeddings.word_embeddings.weight",
            ["lm_head.decoder.bias"] = "lm_head.bias",
        };

        // No head uses the pooler; heads of other tasks than this network's may come along.
        public override bool IsIgnored(string name)
            => name.EndsWith("position_ids", StringComparison.Ordinal) || name.StartsWith("lm_head.", StringComparison.Ordinal) || name.StartsWith("roberta.pooler.", StringComparison.Ordinal);

        public override Tensor ForwardHidden(TokenInput inputs) => _encoder.call(inputs);

        protected override Tensor LogitsOf(Tensor hidden) => _masked!.Run(hidden, _encoder.WordVectors);

        protected override (string Module, Parameter Bias)? VocabularyBias => _masked is null ? null : ("lm_head", _masked.Bias);

        protected override Tensor Classify(Tensor hidden) => _classifier!.call(_dropout.call(hidden));

        protected override Tensor SpanLogits(Tensor hidden) => _spans!.call(hidden);
    }

    private sealed class MaskedHead : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "bias")]
        private readonly Parameter _bias;

        [ComponentName(Name = "dense")]
        private readonly Linear _dense;

        [ComponentName(Name = "layer_norm")]
        private readonly LayerNorm _norm;

        public MaskedHead(TextConfig config, int width)
            : base(nameof(MaskedHead))
        {
            _bias = new Parameter(empty(config.Size("vocab_size")));
            _dense = new Linear(width, width);
            _norm = new LayerNorm(width, config.Number("layer_norm_eps", 1e-5));
            RegisterComponents();
        }

        public Parameter Bias => _bias;

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return _norm.call(nn.functional.gelu(_dense.call(input))).MoveToOuterDisposeScope();
        }

        public Tensor Run(Tensor hidden, Tensor words)
        {
            using Tensor x = call(hidden);
            return nn.functional.linear(x, words, _bias); // [N, L, V]
        }
    }
}
