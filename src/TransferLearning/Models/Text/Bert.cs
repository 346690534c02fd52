using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>BERT: a bidirectional encoder, as Hugging Face has it.</summary>
public sealed class Bert : TextFamily
{
    /// <inheritdoc/>
    public override string Name => "BERT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["bert"];

    /// <inheritdoc/>
    public override string Paper => "Devlin et al.: BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding, 2018";

    /// <inheritdoc/>
    public override IReadOnlyList<TextTask> Tasks { get; } =
        [TextTask.Features, TextTask.SequenceClassification, TextTask.TokenClassification, TextTask.QuestionAnswering, TextTask.MaskedLanguageModel];

    /// <inheritdoc/>
    public override string ClassPrefix => "Bert";

    /// <inheritdoc/>
    protected override TextNetwork BuildNetwork(TextConfig config, TextTask task, int labels) => new Net(config, task, labels);

    private sealed class Net : EncoderNetwork
    {
        private const string Prefix = "bert.";

        // Files from before 2019 have TensorFlow's names.
        private static readonly KeyMap OldNames = KeyMap.Empty
            .Pattern(@"\bLayerNorm\.gamma$", "LayerNorm.weight")
            .Pattern(@"\bLayerNorm\.beta$", "LayerNorm.bias");

        [ComponentName(Name = "bert")]
        private readonly BertEncoder _encoder;

        private readonly Dropout _dropout;

        [ComponentName(Name = "classifier")]
        private readonly Linear? _classifier;

        [ComponentName(Name = "qa_outputs")]
        private readonly Linear? _spans;

        [ComponentName(Name = "cls")]
        private readonly MaskedHead? _masked;

        public Net(TextConfig config, TextTask task, int labels)
            : base(nameof(Bert), config, task, labels)
        {
            _encoder = new BertEncoder(config, task is TextTask.Features or TextTask.SequenceClassification, countsPositionsFromPadding: false);
            _dropout = new Dropout(config.Probability("classifier_dropout", config.Probability("hidden_dropout_prob", 0.1)));
            switch (task)
            {
                case TextTask.SequenceClassification or TextTask.TokenClassification:
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

        public override IReadOnlyList<string> HeadNames => ["classifier", "qa_outputs", "cls"];

        public override IReadOnlyList<string> OptionalNames => ["bert.pooler"];

        public override string WordEmbeddingName => "bert.embeddings.word_embeddings.weight";

        public override IReadOnlyDictionary<string, string> Tied { get; } = new Dictionary<string, string>
        {
            ["cls.predictions.decoder.weight"] = "bert.embeddings.word_embeddings.weight",
            ["cls.predictions.decoder.bias"] = "cls.predictions.bias",
        };

        public override KeyMap CheckpointNames => OldNames;

        // Also the heads of other tasks than this network's, which a checkpoint may bring along.
        public override bool IsIgnored(string name)
            => name.EndsWith("position_ids", StringComparison.Ordinal) || name.StartsWith("cls.", StringComparison.Ordinal) || name.StartsWith("bert.pooler.", StringComparison.Ordinal);

        public override Tensor ForwardHidden(TokenInput inputs) => _encoder.call(inputs);

        public override Tensor Pool(Tensor hidden, TokenInput inputs) => _encoder.Pool(hidden);

        protected override Tensor LogitsOf(Tensor hidden) => _masked!.Run(hidden, _encoder.WordVectors);

        protected override (string Module, Parameter Bias)? VocabularyBias => _masked is null ? null : ("cls", _masked.Bias);

        protected override Tensor Classify(Tensor hidden) => _classifier!.call(_dropout.call(hidden));

        protected override Tensor SpanLogits(Tensor hidden) => _spans!.call(hidden);
    }

    private sealed class MaskedHead : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "predictions")]
        private readonly Predictions _predictions;

        public MaskedHead(TextConfig config, int width)
            : base(nameof(MaskedHead))
        {
            _predictions = new Predictions(config, width);
            RegisterComponents();
        }

        public Parameter Bias => _predictions.Bias;

        public override Tensor forward(Tensor input) => _predictions.call(input);

        public Tensor Run(Tensor hidden, Tensor words)
        {
            using Tensor x = call(hidden);
            return nn.functional.linear(x, words, Bias); // [N, L, V]
        }
    }

    private sealed class Predictions : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "bias")]
        private readonly Parameter _bias;

        [ComponentName(Name = "transform")]
        private readonly Chain _transform;

        public Predictions(TextConfig config, int width)
            : base(nameof(Predictions))
        {
            _bias = new Parameter(empty(config.Size("vocab_size")));
            _transform = new Chain(
                ("dense", new Linear(width, width)),
                ("transform_act_fn", new Activation("activation", TextActivation.Named(config.Text("hidden_act", "gelu")))),
                ("LayerNorm", new LayerNorm(width, config.Number("layer_norm_eps", 1e-12))));
            RegisterComponents();
        }

        public Parameter Bias => _bias;

        public override Tensor forward(Tensor input) => _transform.call(input);
    }
}
