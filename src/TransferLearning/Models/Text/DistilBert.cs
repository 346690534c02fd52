using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>DistilBERT: half of BERT's layers, taught by BERT; without token types and pooler.</summary>
public sealed class DistilBert : ConfigFamily
{
    private const double Epsilon = 1e-12;

    /// <inheritdoc/>
    public override string Name => "DistilBERT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["distilbert"];

    /// <inheritdoc/>
    public override string Paper => "Sanh et al.: DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter, 2019";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => EncoderNetwork.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "DistilBert";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForMaskedLM";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new Net(config, head);

    private sealed class Net : EncoderNetwork
    {
        private const string Prefix = "distilbert.";

        [ComponentName(Name = "distilbert")]
        private readonly Body _body;

        public Net(ModelConfig config, HeadSpec head)
            : base(nameof(DistilBert), config, head)
        {
            _body = new Body(config);
            BuildFirstHead();
        }

        public override int FeatureCount => _body.Width;

        public override int? MaximumLength => _body.MaximumLength;

        public override IReadOnlyList<NetworkStage> Stages =>
        [
            new("embeddings", [Prefix + "embeddings"]),
            .. Enumerable.Range(0, _body.Layers).Select(i => new NetworkStage($"layer.{i}", [$"{Prefix}transformer.layer.{i}"])),
        ];

        public override string BackbonePrefix => Prefix;

        public override string WordEmbeddingName => "distilbert.embeddings.word_embeddings.weight";

        public override IReadOnlyDictionary<string, string> Tied => TiedNames("vocab_projector.weight");

        public override bool IsIgnored(string name)
            => IsPositions(name) || IsUnder(name, "pre_classifier", "classifier", "qa_outputs", "vocab_transform", "vocab_layer_norm", "vocab_projector");

        public override Tensor ForwardHidden(TokenInput inputs) => _body.call(inputs);

        protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head) => head.Kind switch
        {
            HeadKind.Pooled =>
            [
                ("pre_classifier", new Linear(FeatureCount, FeatureCount)),
                ("activation", Activation.Relu()),
                ("dropout", new Dropout(Config.Probability("seq_classif_dropout", 0.2))),
                ("classifier", new Linear(FeatureCount, head.Outputs)),
            ],
            HeadKind.Tokens => [("dropout", new Dropout(Config.Probability("dropout", 0.1))), ("classifier", new Linear(FeatureCount, head.Outputs))],
            HeadKind.Spans => [("dropout", new Dropout(Config.Probability("qa_dropout", 0.1))), ("qa_outputs", new Linear(FeatureCount, 2))],
            HeadKind.Vocabulary =>
            [
                ("vocab_transform", new Linear(FeatureCount, FeatureCount)),
                ("activation", new Activation("activation", ActivationFunctions.Named(Config.Text("activation", "gelu")))),
                ("vocab_layer_norm", new LayerNorm(FeatureCount, Epsilon)),
                ("vocab_projector", IsTied
                    ? new TiedLinear(() => _body.WordVectors, _body.WordVectors.size(0))
                    : new Linear(FeatureCount, _body.WordVectors.size(0))),
            ],
            _ => [],
        };
    }

    private sealed class Body : nn.Module<TokenInput, Tensor>
    {
        [ComponentName(Name = "embeddings")]
        private readonly Embeddings _embeddings;

        [ComponentName(Name = "transformer")]
        private readonly EncoderStack _stack;

        public Body(ModelConfig config)
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
            return _stack.Run(_embeddings.call(input), AttentionMask.Padding(input.HasPadding ? input.Mask : null)).MoveToOuterDisposeScope();
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

        public Embeddings(ModelConfig config, int width)
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
        private readonly Sequential _feedForward;

        [ComponentName(Name = "output_layer_norm")]
        private readonly LayerNorm _outputNorm;

        public Layer(ModelConfig config, int width)
            : base(nameof(Layer))
        {
            int inner = config.Size("hidden_dim", 4 * 768);
            _attention = new Attention(config, width);
            _attentionNorm = new LayerNorm(width, Epsilon);
            _feedForward = new Sequential(
                ("lin1", new Linear(width, inner)),
                ("activation", new Activation("activation", ActivationFunctions.Named(config.Text("activation", "gelu")))),
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

        public Attention(ModelConfig config, int width)
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
