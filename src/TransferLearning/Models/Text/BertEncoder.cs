using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>The backbone that BERT and RoBERTa share: embeddings, layers and, for BERT, the pooler. Weights are allocated but not filled.</summary>
internal sealed class BertEncoder : nn.Module<TokenInput, Tensor>
{
    [ComponentName(Name = "embeddings")]
    private readonly Embeddings _embeddings;

    [ComponentName(Name = "encoder")]
    private readonly EncoderStack _stack;

    [ComponentName(Name = "pooler")]
    private readonly Chain? _pooler;

    public BertEncoder(TextConfig config, bool hasPooler, bool countsPositionsFromPadding)
        : base(nameof(BertEncoder))
    {
        string positions = config.Text("position_embedding_type", "absolute");
        if (positions != "absolute")
        {
            throw new InvalidDataException($"'{config.Source}': position_embedding_type is '{positions}'; only 'absolute' can be built.");
        }

        Width = config.Size("hidden_size", 768);
        Layers = config.Size("num_hidden_layers", 12, 1000);
        _embeddings = new Embeddings(config, Width, countsPositionsFromPadding);
        _stack = new EncoderStack(Layers, () => new Layer(config, Width));
        _pooler = hasPooler ? new Chain(("dense", new Linear(Width, Width)), ("activation", new Activation("Tanh", x => x.tanh()))) : null;
        RegisterComponents();
    }

    public int Width { get; }

    public int Layers { get; }

    public int MaximumLength => _embeddings.MaximumLength;

    public Parameter WordVectors => _embeddings.WordVectors;

    /// <summary>The last hidden state, [N, L, D].</summary>
    public override Tensor forward(TokenInput input)
    {
        using DisposeScope scope = NewDisposeScope();
        return _stack.Run(_embeddings.call(input), ScoreMask.Padding(input.HasPadding ? input.Mask : null)).MoveToOuterDisposeScope();
    }

    /// <summary>The first token's hidden state through the pooler, [N, D].</summary>
    public Tensor Pool(Tensor hidden)
    {
        using Tensor first = hidden.select(1, 0);
        return _pooler is null ? first.clone() : _pooler.call(first);
    }

    /// <summary>The names of the stages under the backbone's prefix.</summary>
    public IReadOnlyList<NetworkStage> Stages(string prefix) =>
    [
        new("embeddings", [$"{prefix}embeddings"]),
        .. Enumerable.Range(0, Layers).Select(i => new NetworkStage($"layer.{i}", i == Layers - 1 ? [$"{prefix}encoder.layer.{i}", $"{prefix}pooler"] : [$"{prefix}encoder.layer.{i}"])),
    ];

    private sealed class Embeddings : nn.Module<TokenInput, Tensor>
    {
        private readonly int _padding;
        private readonly bool _countsFromPadding;

        [ComponentName(Name = "word_embeddings")]
        private readonly Embedding _words;

        [ComponentName(Name = "position_embeddings")]
        private readonly Embedding _positions;

        [ComponentName(Name = "token_type_embeddings")]
        private readonly Embedding _types;

        [ComponentName(Name = "LayerNorm")]
        private readonly LayerNorm _norm;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public Embeddings(TextConfig config, int width, bool countsFromPadding)
            : base(nameof(Embeddings))
        {
            (_padding, _countsFromPadding) = (config.Whole("pad_token_id", countsFromPadding ? 1 : 0), countsFromPadding);
            int positions = config.Size("max_position_embeddings", 512);
            MaximumLength = countsFromPadding ? positions - _padding - 1 : positions;
            _words = new Embedding(config.Size("vocab_size"), width, _padding);
            _positions = new Embedding(positions, width, countsFromPadding ? _padding : null);
            _types = new Embedding(config.Size("type_vocab_size", 2), width);
            _norm = new LayerNorm(width, config.Number("layer_norm_eps", 1e-12));
            _dropout = new Dropout(config.Probability("hidden_dropout_prob", 0.1));
            RegisterComponents();
        }

        public int MaximumLength { get; }

        public Parameter WordVectors => _words.Weight;

        public override Tensor forward(TokenInput input)
        {
            TextLength.Require(input, MaximumLength);
            using DisposeScope scope = NewDisposeScope();
            Tensor types = input.TypeIds is null || _types.Weight.size(0) == 1 ? _types.Weight[0] : _types.call(input.TypeIds);
            Tensor positions = _countsFromPadding ? _positions.call(CountedPositions(input.Ids)) : _positions.Weight.narrow(0, 0, input.Length);
            Tensor sum = _words.call(input.Ids).add(types).add(positions);
            return _dropout.call(_norm.call(sum)).MoveToOuterDisposeScope();
        }

        // Padding is what has the padding's number, whatever the mask says: so the published definition.
        private Tensor CountedPositions(Tensor ids)
        {
            Tensor isToken = ids.ne(_padding).to(ScalarType.Int64);
            return isToken.cumsum(1).mul(isToken).add(_padding);
        }
    }

    private sealed class Layer : EncoderLayer
    {
        [ComponentName(Name = "attention")]
        private readonly Attention _attention;

        [ComponentName(Name = "intermediate")]
        private readonly Chain _intermediate;

        [ComponentName(Name = "output")]
        private readonly Residual _output;

        public Layer(TextConfig config, int width)
            : base(nameof(Layer))
        {
            int inner = config.Size("intermediate_size", 3072);
            _attention = new Attention(config, width);
            _intermediate = new Chain(("dense", new Linear(width, inner)), ("intermediate_act_fn", new Activation("activation", TextActivation.Named(config.Text("hidden_act", "gelu")))));
            _output = new Residual(config, inner, width);
            RegisterComponents();
        }

        public override Tensor Run(Tensor input, Tensor? bias)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = _attention.Run(input, bias);
            return _output.Run(_intermediate.call(x), x).MoveToOuterDisposeScope();
        }
    }

    private sealed class Attention : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "self")]
        private readonly Projections _self;

        [ComponentName(Name = "output")]
        private readonly Residual _output;

        public Attention(TextConfig config, int width)
            : base(nameof(Attention))
        {
            _self = new Projections(config, width);
            _output = new Residual(config, width, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => Run(input, null);

        public Tensor Run(Tensor input, Tensor? bias)
        {
            using Tensor mixed = _self.Run(input, bias);
            return _output.Run(mixed, input);
        }
    }

    private sealed class Projections : nn.Module<Tensor, Tensor>
    {
        private readonly int _heads;

        [ComponentName(Name = "query")]
        private readonly Linear _query;

        [ComponentName(Name = "key")]
        private readonly Linear _key;

        [ComponentName(Name = "value")]
        private readonly Linear _value;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public Projections(TextConfig config, int width)
            : base(nameof(Projections))
        {
            _heads = TextHeads.Count(config, "num_attention_heads", 12, width);
            (_query, _key, _value) = (new Linear(width, width), new Linear(width, width), new Linear(width, width));
            _dropout = new Dropout(config.Probability("attention_probs_dropout_prob", 0.1));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => Run(input, null);

        public Tensor Run(Tensor input, Tensor? bias)
        {
            using Tensor query = _query.call(input);
            using Tensor key = _key.call(input);
            using Tensor value = _value.call(input);
            return HeadAttention.Run(query, key, value, _heads, bias, _dropout);
        }
    }

    /// <summary>norm(dropout(dense(x)) + what came in before).</summary>
    private sealed class Residual : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "dense")]
        private readonly Linear _dense;

        [ComponentName(Name = "LayerNorm")]
        private readonly LayerNorm _norm;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public Residual(TextConfig config, int inputs, int width)
            : base(nameof(Residual))
        {
            _dense = new Linear(inputs, width);
            _norm = new LayerNorm(width, config.Number("layer_norm_eps", 1e-12));
            _dropout = new Dropout(config.Probability("hidden_dropout_prob", 0.1));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => Run(input, input);

        public Tensor Run(Tensor input, Tensor before)
        {
            using DisposeScope scope = NewDisposeScope();
            return _norm.call(_dropout.call(_dense.call(input)).add(before)).MoveToOuterDisposeScope();
        }
    }
}
