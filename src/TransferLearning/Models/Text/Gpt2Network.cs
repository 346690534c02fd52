namespace TransferLearning;

/// <summary>
/// GPT-2 (Radford et al., 2019): token and position embeddings, layers with masked self-attention, and an output tied to the tokens.
/// </summary>
internal sealed class Gpt2Network : TextNetwork, IDecodingNetwork
{
    private readonly int _positions;

    private readonly Body _body;

    public Gpt2Network(ModelConfig config, HeadSpec head) : base(nameof(Gpt2), config, head)
    {
        FeatureCount = config.Size("n_embd", 768);
        _positions = config.Size("n_positions", 1024);
        _body = new Body(config, FeatureCount, _positions);
        register_module("transformer", _body.Tree);
        BuildFirstHead();
    }

    public static IReadOnlyList<HeadKind> Kinds { get; } = [HeadKind.Vocabulary, HeadKind.Pooled, HeadKind.None];

    public override IReadOnlyList<HeadKind> HeadKinds => Kinds;
    public override int FeatureCount { get; }
    public override int? MaximumLength => _positions - ReservedPositions;
    internal override int? PromptWidth => FeatureCount;

    public bool HasEncoder => false;

    public override IReadOnlyList<NetworkStage> Stages =>
    [
        new("embeddings", ["transformer.wte", "transformer.wpe"]),
        .. Enumerable.Range(0, _body.LayerCount).Select(i => new NetworkStage($"layer.{i}", [$"transformer.h.{i}"])),
        new("norm", ["transformer.ln_f"]),
    ];

    public override string BackbonePrefix => "transformer.";
    public override string WordEmbeddingName => "transformer.wte.weight";

    public override IReadOnlyDictionary<string, string> Tied
        => IsTied ? new Dictionary<string, string> { ["lm_head.weight"] = "transformer.wte.weight" } : base.Tied;

    private bool IsTied => Config.Flag("tie_word_embeddings", true);

    // The triangles of allowed positions that old versions kept as buffers, and the head of another task.
    public override bool IsIgnored(string name)
        => name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
            || IsUnder(
                name, HeadKind == HeadKind.Vocabulary ? "score" : "lm_head", "score", "classifier", "qa_outputs", "multiple_choice_head");

    /// <summary>[N, L, <see cref="FeatureCount"/>], after the last norm.</summary>
    public override Tensor ForwardHidden(TokenInput inputs) => Hidden(inputs.Ids, inputs.HasPadding ? inputs.Mask : null, null);

    /// <summary>The hidden state of the last token that is no padding, whichever side the padding is on.</summary>
    public override Tensor Pool(Tensor hidden, TokenInput inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor last = inputs.Mask.mul(Scalars.Range(0, inputs.Length, int64, hidden.device)).argmax(1);
        Tensor rows = last.Add(Scalars.Range(0, inputs.Count, int64, hidden.device).Multiply(inputs.Length));
        return hidden.flatten(0, 1).index_select(0, rows).MoveToOuterDisposeScope();
    }

    protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head) => head.Kind switch
    {
        HeadKind.Pooled => [("score", new Linear(FeatureCount, head.Outputs, bias: false))],
        HeadKind.Vocabulary => [("lm_head", IsTied
            ? new TiedLinear(() => _body.Tokens.Weight)
            : new Linear(FeatureCount, _body.Tokens.Weight.size(0), bias: false))],
        _ => [],
    };

    public DecoderCache Begin(ModelInput input)
    {
        if (input is not TokenInput { HasPadding: true } tokens)
        {
            return new DecoderCache(_body.LayerCount);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor? prompt = InputAdapter?.Prompt(tokens.Count);
        return new DecoderCache(_body.LayerCount, prompt is null ? tokens.Mask : WithPrompt(tokens.Mask, prompt));
    }

    public Tensor NextLogits(Tensor ids, DecoderCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        cache.ExtendMask(ids.size(1));
        Tensor hidden = Hidden(ids, cache.Mask, cache);
        return ForwardHead(hidden.select(1, hidden.size(1) - 1)).MoveToOuterDisposeScope();
    }

    /// <summary>The hidden states of tokens that follow those in the cache, after the last norm.</summary>
    /// <param name="ids">int64 [N, L].</param>
    /// <param name="mask">[N, cached + L]; null for no padding.</param>
    /// <param name="cache">Null for none.</param>
    /// <param name="observe">Given the embeddings, what each layer gives and the result.</param>
    internal Tensor Hidden(Tensor ids, Tensor? mask, DecoderCache? cache, Action<Tensor>? observe = null)
    {
        using DisposeScope scope = NewDisposeScope();
        long past = cache?.Length ?? 0;
        Tensor? prompt = past == 0 ? InputAdapter?.Prompt(ids.size(0)) : null; // in a cache it is there already
        mask = mask is null || prompt is null || cache is not null ? mask : WithPrompt(mask, prompt);

        // Behind a prefix, which is in no cache, tokens are counted from its end.
        long shift = InputAdapter is { } adapter && adapter.Prompt(1) is null ? adapter.Positions : 0;
        long used = past + ids.size(1) + (prompt?.size(1) ?? 0);
        if (used + shift > _positions && mask is not null)
        {
            used = mask.sum(1).max().to(int64).item<long>(); // padding takes no position
        }

        return used + shift <= _positions
            ? _body.Forward(ids, prompt, mask, cache, past, shift, observe).MoveToOuterDisposeScope()
            : throw new ArgumentException(
                $"GPT-2 was given {used} tokens and has {_positions} positions (n_positions): shorten the text.", nameof(ids));
    }

    // No mask covers a prompt, which stands before padding too.
    private static Tensor WithPrompt(Tensor mask, Tensor prompt)
        => cat([ones([mask.size(0), prompt.size(1)], mask.dtype, mask.device), mask], 1);

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

    private sealed class Body
    {
        private readonly Embedding _positions;
        private readonly Dropout _dropout;
        private readonly TransformerStack _layers;
        private readonly LayerNorm _norm;

        public Body(ModelConfig config, int width, int positions)
        {
            double epsilon = config.Number("layer_norm_epsilon", 1e-5);
            Tokens = Tree.Put("wte", new Embedding(config.Size("vocab_size", 50257), width));
            _positions = Tree.Put("wpe", new Embedding(positions, width));
            _dropout = Tree.Put("drop", new Dropout(config.Probability("embd_pdrop", 0.1)));
            _layers = new TransformerStack(Tree, "h", config.Size("n_layer", 12), new TransformerLayerOptions
            {
                Names =
                [
                    (LayerPart.Norm, "ln_1"),
                    (LayerPart.Projections, "attn.c_attn"),
                    (LayerPart.Output, "attn.c_proj"),
                    (LayerPart.LastNorm, "ln_2"),
                    (LayerPart.First, "mlp.c_fc"),
                    (LayerPart.Second, "mlp.c_proj"),
                ],
                Width = width,
                Inner = config.Size("n_inner", 4 * width),
                Heads = config.Heads("n_head", width, 12),
                Activation = ActivationFunctions.Named(config.Text("activation_function", "gelu_new")),
                Norm = () => new LayerNorm(width, epsilon),
                NormsFirst = true,
                IsCausal = true,
                StoresInputsFirst = true,
                WeightDropout = config.Probability("attn_pdrop", 0.1),
                AttentionDropout = config.Probability("resid_pdrop", 0.1),
                Dropout = config.Probability("resid_pdrop", 0.1),
            });
            _norm = Tree.Put("ln_f", new LayerNorm(width, epsilon));
        }

        public ModuleTree Tree { get; } = new(nameof(Body));
        public Embedding Tokens { get; }
        public int LayerCount => _layers.Count;

        public Tensor Forward(
            Tensor ids, Tensor? prompt, Tensor? mask, DecoderCache? cache, long past, long shift, Action<Tensor>? observe)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor tokens = Tokens.call(ids);
            tokens = prompt is null ? tokens : cat([prompt, tokens], 1);
            long length = tokens.size(1);
            Tensor positions = mask is null
                ? Scalars.Range(past + shift, past + shift + length, int64, ids.device)
                // Padding on the left takes no position.
                : mask.cumsum(1).sub(Scalars.One).clamp_min(Scalars.Zero).narrow(1, past, length).Add(shift);
            Tensor embedded = _dropout.call(tokens.Add(_positions.call(positions)));
            observe?.Invoke(embedded);
            Tensor x = _norm.call(
                _layers.Run(embedded, AttentionMask.Causal(past, length, mask, ids.device), cache: cache, observe: observe));
            observe?.Invoke(x);
            return x.narrow(1, length - ids.size(1), ids.size(1)).MoveToOuterDisposeScope();
        }
    }
}
