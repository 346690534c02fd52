using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>GPT-2 (Radford et al., 2019): token and position embeddings, layers with masked self-attention, and an output tied to the tokens.</summary>
internal sealed class Gpt2Network : TextNetwork, IDecodingNetwork
{
    private readonly int _positions;

    [ComponentName(Name = "transformer")]
    private readonly Body _body;

    [ComponentName(Name = "score")]
    private readonly Linear? _score;

    public Gpt2Network(TextConfig config, TextTask task, int labels)
        : base(nameof(Gpt2), config, task, labels)
    {
        FeatureCount = config.Size("n_embd", 768);
        _positions = config.Size("n_positions", 1024);
        _body = new Body(config, FeatureCount, _positions);
        _score = task == TextTask.SequenceClassification ? new Linear(FeatureCount, labels, bias: false) : null;
        RegisterComponents();
    }

    public override int FeatureCount { get; }

    public override int? MaximumLength => _positions;

    public bool HasEncoder => false;

    public override IReadOnlyList<NetworkStage> Stages =>
    [
        new("embeddings", ["transformer.wte", "transformer.wpe"]),
        .. Enumerable.Range(0, _body.LayerCount).Select(i => new NetworkStage($"layer.{i}", [$"transformer.h.{i}"])),
        new("norm", ["transformer.ln_f"]),
    ];

    public override string BackbonePrefix => "transformer.";

    public override IReadOnlyList<string> HeadNames => _score is null ? [] : ["score"];

    public override string WordEmbeddingName => "transformer.wte.weight";

    public override IReadOnlyDictionary<string, string> Tied { get; } = new Dictionary<string, string> { ["lm_head.weight"] = "transformer.wte.weight" };

    // The triangles of allowed positions that old versions kept as buffers, and the head of another task.
    public override bool IsIgnored(string name)
        => name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
            || (_score is null && name.StartsWith("score.", StringComparison.Ordinal));

    /// <summary>[N, L, <see cref="FeatureCount"/>], after the last norm.</summary>
    public override Tensor ForwardHidden(TokenInput inputs) => Hidden(inputs.Ids, inputs.HasPadding ? inputs.Mask : null, null);

    /// <summary>The hidden state of the last token that is no padding, whichever side the padding is on.</summary>
    public override Tensor Pool(Tensor hidden, TokenInput inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor last = inputs.Mask.mul(arange(inputs.Length, int64, hidden.device)).argmax(1);
        Tensor rows = last.add(arange(inputs.Count, int64, hidden.device).mul(inputs.Length));
        return hidden.flatten(0, 1).index_select(0, rows).MoveToOuterDisposeScope();
    }

    public override Tensor ForwardHead(Tensor features) => Task switch
    {
        TextTask.Features => features.alias(),
        TextTask.SequenceClassification => _score!.call(features),
        _ => Logits(features),
    };

    public DecoderCache Begin(Tensor ids, Tensor? mask) => new(_body.LayerCount, mask);

    public Tensor NextLogits(Tensor ids, DecoderCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        cache.ExtendMask(ids.size(1));
        Tensor hidden = Hidden(ids, cache.Mask, cache);
        return Logits(hidden.select(1, hidden.size(1) - 1)).MoveToOuterDisposeScope();
    }

    /// <summary>The hidden states of tokens that follow those in the cache, after the last norm.</summary>
    /// <param name="ids">int64 [N, L].</param>
    /// <param name="mask">[N, cached + L]; null for no padding.</param>
    /// <param name="cache">Null for none.</param>
    /// <param name="observe">Told the embeddings, what each layer gives and the result.</param>
    internal Tensor Hidden(Tensor ids, Tensor? mask, DecoderCache? cache, Action<Tensor>? observe = null)
    {
        long past = cache?.Length ?? 0;
        return past + ids.size(1) <= _positions
            ? _body.Forward(ids, mask, cache, past, observe)
            : throw new ArgumentException(
                $"GPT-2 was given {past + ids.size(1)} tokens and has {_positions} positions (n_positions): shorten the text.", nameof(ids));
    }

    internal Tensor Logits(Tensor hidden) => nn.functional.linear(hidden, _body.Tokens.Weight);

    protected override void InitializeModule(string name, nn.Module module, Generator generator)
    {
        if (module is not TransposedLinear layer)
        {
            base.InitializeModule(name, module, generator);
            return;
        }

        // What is added to the residual path is smaller the more layers add to it.
        double deviation = Config.Number("initializer_range", 0.02);
        bool joinsPath = name.EndsWith("c_proj", StringComparison.Ordinal);
        layer.Weight.normal_(0, joinsPath ? deviation / Math.Sqrt(2 * _body.LayerCount) : deviation, generator);
        layer.Bias.zero_();
    }

    private sealed class Body : nn.Module
    {
        [ComponentName(Name = "wte")]
        private readonly Embedding _tokens;

        [ComponentName(Name = "wpe")]
        private readonly Embedding _positions;

        [ComponentName(Name = "drop")]
        private readonly Dropout _dropout;

        [ComponentName(Name = "h")]
        private readonly ModuleList<Gpt2Block> _layers;

        [ComponentName(Name = "ln_f")]
        private readonly LayerNorm _norm;

        public Body(TextConfig config, int width, int positions)
            : base(nameof(Body))
        {
            double epsilon = config.Number("layer_norm_epsilon", 1e-5);
            Func<Tensor, Tensor> activation = TextActivation.Named(config.Text("activation_function", "gelu_new"));
            _tokens = new Embedding(config.Size("vocab_size", 50257), width);
            _positions = new Embedding(positions, width);
            _dropout = new Dropout(config.Probability("embd_pdrop", 0.1));
            _layers = new ModuleList<Gpt2Block>([.. Enumerable.Range(0, config.Size("n_layer", 12)).Select(_ => new Gpt2Block(
                width,
                config.Size("n_inner", 4 * width),
                config.Size("n_head", 12),
                epsilon,
                activation,
                config.Probability("attn_pdrop", 0.1),
                config.Probability("resid_pdrop", 0.1)))]);
            _norm = new LayerNorm(width, epsilon);
            RegisterComponents();
        }

        public Embedding Tokens => _tokens;

        public int LayerCount => _layers.Count;

        public Tensor Forward(Tensor ids, Tensor? mask, DecoderCache? cache, long past, Action<Tensor>? observe)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor positions = mask is null
                ? arange(past, past + ids.size(1), int64, ids.device)
                : mask.cumsum(1).sub(1).clamp(min: 0).narrow(1, past, ids.size(1)); // padding on the left takes no position
            Tensor x = _dropout.call(_tokens.call(ids).add(_positions.call(positions)));
            observe?.Invoke(x);
            Tensor? blocked = ScoreMask.Causal(past, ids.size(1), mask, ids.device);
            for (int i = 0; i < _layers.Count; i++)
            {
                using DisposeScope layer = NewDisposeScope();
                (Gpt2Block block, AttentionCache? own) = (_layers[i], cache?.Own(i));
                x = TrainingPass.Run(block, (input, others) => block.Forward(input, others[0], own), x, blocked).MoveToOuterDisposeScope();
                observe?.Invoke(x);
            }

            x = _norm.call(x);
            observe?.Invoke(x);
            return x.MoveToOuterDisposeScope();
        }
    }
}
