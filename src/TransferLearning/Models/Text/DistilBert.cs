using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>DistilBERT: half of BERT's layers, taught by BERT; without token types and pooler.</summary>
public sealed class DistilBert : TextFamily
{
    private const double Epsilon = 1e-12;

    /// <inheritdoc/>
    public override string Name => "DistilBERT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["distilbert"];

    /// <inheritdoc/>
    public override string Paper => "Sanh et al.: DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter, 2019";

    /// <inheritdoc/>
    public override IReadOnlyList<TextTask> Tasks { get; } =
        [TextTask.Features, TextTask.SequenceClassification, TextTask.TokenClassification, TextTask.QuestionAnswering, TextTask.MaskedLanguageModel];

    /// <inheritdoc/>
    public override string ClassPrefix => "DistilBert";

    /// <inheritdoc/>
    protected override TextNetwork BuildNetwork(TextConfig config, TextTask task, int labels) => new Net(config, task, labels);

    private sealed class Net : EncoderNetwork
    {
        private const string Prefix = "distilbert.";

        [ComponentName(Name = "distilbert")]
        private readonly Body _body;

        [ComponentName(Name = "pre_classifier")]
        private readonly Linear? _preClassifier;

        [ComponentName(Name = "classifier")]
        private readonly Linear? _classifier;

        [ComponentName(Name = "qa_outputs")]
        private readonly Linear? _spans;

        [ComponentName(Name = "vocab_transform")]
        private readonly Linear? _transform;

        [ComponentName(Name = "vocab_layer_norm")]
        private readonly LayerNorm? _norm;

        [ComponentName(Name = "vocab_projector")]
        private readonly VocabularyBias? _vocabulary;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        private readonly Activation _activation;

        public Net(TextConfig config, TextTask task, int labels)
            : base(nameof(DistilBert), config, task, labels)
        {
            _body = new Body(config);
            _activation = new Activation("activation", TextActivation.Named(config.Text("activation", "gelu")));
            double dropout = config.Probability("dropout", 0.1);
            switch (task)
            {
                case TextTask.SequenceClassification:
                    dropout = config.Probability("seq_classif_dropout", 0.2);
                    _preClassifier = new Linear(_body.Width, _body.Width);
                    _classifier = new Linear(_body.Width, labels);
                    break;
                case TextTask.TokenClassification:
                    _classifier = new Linear(_body.Width, labels);
                    break;
                case TextTask.QuestionAnswering:
                    dropout = config.Probability("qa_dropout", 0.1);
                    _spans = new Linear(_body.Width, 2);
                    break;
                case TextTask.MaskedLanguageModel:
                    _transform = new Linear(_body.Width, _body.Width);
                    _norm = new LayerNorm(_body.Width, Epsilon);
                    _vocabulary = new VocabularyBias(config.Size("vocab_size"));
                    break;
                default:
                    break;
            }

            _dropout = new Dropout(dropout);
            RegisterComponents();
        }

        public override int FeatureCount => _body.Width;

        public override int? MaximumLength => _body.MaximumLength;

        public override IReadOnlyList<NetworkStage> Stages =>
        [
            new("embeddings", [Prefix + "embeddings"]),
            .. Enumerable.Range(0, _body.Layers).Select(i => new NetworkStage($"layer.{i}", [$"{Prefix}transformer.layer.{i}"])),
        ];

        public override string BackbonePrefix => Prefix;

        public override IReadOnlyList<string> HeadNames => ["pre_classifier", "classifier", "qa_outputs", "vocab_transform", "vocab_layer_norm", "vocab_projector"];

        public override string WordEmbeddingName => "distilbert.embeddings.word_embeddings.weight";

        public override IReadOnlyDictionary<string, string> Tied { get; } = new Dictionary<string, string>
        {
            ["vocab_projector.weight"] = "distilbert.embeddings.word_embeddings.weight",
        };

        public override bool IsIgnored(string name)
            => name.EndsWith("position_ids", StringComparison.Ordinal) || name.StartsWith("vocab_", StringComparison.Ordinal);

        public override Tensor ForwardHidden(TokenInput inputs) => _body.call(inputs);

        protected override Tensor LogitsOf(Tensor hidden)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = _norm!.call(_activation.call(_transform!.call(hidden)));
            return nn.functional.linear(x, _body.WordVectors, _vocabulary!.Bias).MoveToOuterDisposeScope();
        }

        protected override (string Module, Parameter Bias)? VocabularyBias => _vocabulary is null ? null : ("vocab_projector", _vocabulary.Bias);

        protected override Tensor ClassifyText(Tensor pooled) => Classify(_preClassifier!.call(pooled).relu());

        protected override Tensor Classify(Tensor hidden) => _classifier!.call(_dropout.call(hidden));

        protected override Tensor SpanLogits(Tensor hidden) => _spans!.call(_dropout.call(hidden));
    }

    private sealed class VocabularyBias : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "bias")]
        private readonly Parameter _bias;

        public VocabularyBias(int size)
            : base(nameof(VocabularyBias))
        {
            _bias = new Parameter(empty(size));
            RegisterComponents();
        }

        public Parameter Bias => _bias;

        public override Tensor forward(Tensor input) => input.add(_bias);
    }

    private sealed class Body : nn.Module<TokenInput, Tensor>
    {
        [ComponentName(Name = "embeddings")]
        private readonly Embeddings _embeddings;

        [ComponentName(Name = "transformer")]
        private readonly EncoderStack _stack;

        public Body(TextConfig config)
            : base(nameof(Body))
        {
            Width = config.Size("dim", 768);
            Layers = config.Size("n_layers", 6, 1000);
            _embeddings = new Embeddings(config, Width);
            _stack = new EncoderStack(Layers, () => new Layer(config, Width));
            RegisterComponents();
        }

        public int Width { get; }

        public int Layers { get; }

        public int MaximumLength => _embeddings.MaximumLength;

        public Parameter WordVectors => _embeddings.WordVectors;

        public override Tensor forward(TokenInput input)
        {
            using DisposeScope scope = NewDisposeScope();
            return _stack.Run(_embeddings.call(input), ScoreMask.Padding(input.HasPadding ? input.Mask : null)).MoveToOuterDisposeScope();
        }
    }

    private sealed class Embeddings : nn.Module<TokenInput, Tensor>
    {
        [ComponentName(Name = "word_embeddings")]
        private readonly Embedding _words;

        [ComponentName(Name = "position_embeddings")]
        private readonly Embedding _positions;

        [ComponentName(Name = "LayerNorm")]
        private readonly LayerNorm _norm;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public Embeddings(TextConfig config, int width)
            : base(nameof(Embeddings))
        {
            MaximumLength = config.Size("max_position_embeddings", 512);
            _words = new Embedding(config.Size("vocab_size"), width, config.Whole("pad_token_id", 0));
            _positions = new Embedding(MaximumLength, width);
            _norm = new LayerNorm(width, Epsilon);
            _dropout = new Dropout(config.Probability("dropout", 0.1));
            RegisterComponents();
        }

        public int MaximumLength { get; }

        public Parameter WordVectors => _words.Weight;

        public override Tensor forward(TokenInput input)
        {
            TextLength.Require(input, MaximumLength);
            using DisposeScope scope = NewDisposeScope();
            Tensor sum = _words.call(input.Ids).add(_positions.Weight.narrow(0, 0, input.Length));
            return _dropout.call(_norm.call(sum)).MoveToOuterDisposeScope();
        }
    }

    private sealed class Layer : EncoderLayer
    {
        [ComponentName(Name = "attention")]
        private readonly Attention _attention;

        [ComponentName(Name = "sa_layer_norm")]
        private readonly LayerNorm _attentionNorm;

        [ComponentName(Name = "ffn")]
        private readonly Chain _feedForward;

        [ComponentName(Name = "output_layer_norm")]
        private readonly LayerNorm _outputNorm;

        public Layer(TextConfig config, int width)
            : base(nameof(Layer))
        {
            int inner = config.Size("hidden_dim", 4 * 768);
            _attention = new Attention(config, width);
            _attentionNorm = new LayerNorm(width, Epsilon);
            _feedForward = new Chain(
                ("lin1", new Linear(width, inner)),
                ("activation", new Activation("activation", TextActivation.Named(config.Text("activation", "gelu")))),
                ("lin2", new Linear(inner, width)),
                ("dropout", new Dropout(config.Probability("dropout", 0.1))));
            _outputNorm = new LayerNorm(width, Epsilon);
            RegisterComponents();
        }

        public override Tensor Run(Tensor input, Tensor? bias)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = _attentionNorm.call(_attention.Run(input, bias).add(input));
            return _outputNorm.call(_feedForward.call(x).add(x)).MoveToOuterDisposeScope();
        }
    }

    private sealed class Attention : nn.Module<Tensor, Tensor>
    {
        private readonly int _heads;

        [ComponentName(Name = "q_lin")]
        private readonly Linear _query;

        [ComponentName(Name = "k_lin")]
        private readonly Linear _key;

        [ComponentName(Name = "v_lin")]
        private readonly Linear _value;

        [ComponentName(Name = "out_lin")]
        private readonly Linear _output;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public Attention(TextConfig config, int width)
            : base(nameof(Attention))
        {
            _heads = TextHeads.Count(config, "n_heads", 12, width);
            (_query, _key, _value, _output) = (new Linear(width, width), new Linear(width, width), new Linear(width, width), new Linear(width, width));
            _dropout = new Dropout(config.Probability("attention_dropout", 0.1));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => Run(input, null);

        public Tensor Run(Tensor input, Tensor? bias)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor mixed = HeadAttention.Run(_query.call(input), _key.call(input), _value.call(input), _heads, bias, _dropout);
            return _output.call(mixed).MoveToOuterDisposeScope();
        }
    }
}
