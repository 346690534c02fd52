namespace TransferLearning;

/// <summary>A bidirectional encoder: BERT, RoBERTa, DistilBERT and their kin.</summary>
internal sealed class EncoderNetwork : TextNetwork
{
    private readonly Backbone _backbone;

    /// <summary>Makes a network.</summary>
    public EncoderNetwork(EncoderLayout layout, ModelConfig config, HeadSpec head) : base(layout.Name, config, head)
    {
        string positions = config.Text("position_embedding_type", "absolute");
        if (positions != "absolute")
        {
            throw new InvalidDataException($"'{config.Source}': position_embedding_type is '{positions}'; only 'absolute' can be built.");
        }

        Layout = layout;
        _backbone = new Backbone(layout, config);
        register_module(layout.Backbone, _backbone.Tree);
        BuildFirstHead();
    }

    /// <summary>What it differs in from others of its kind.</summary>
    public EncoderLayout Layout { get; }

    /// <summary>The row of the table of positions that the first token of a text takes.</summary>
    public int FirstPosition => _backbone.FirstPosition;

    /// <summary>What norms add to the variance.</summary>
    public double Epsilon => Layout.EpsilonOf(Config);

    /// <summary>Whether the output layer over the vocabulary shares the table of token embeddings.</summary>
    public bool IsTied => Config.Flag("tie_word_embeddings", true);

    /// <summary>The table of token embeddings, [vocabulary, width].</summary>
    public Tensor Words => _backbone.Words.Weight;

    public override IReadOnlyList<HeadKind> HeadKinds => EncoderLayout.Heads;
    public override int FeatureCount => _backbone.Width;
    public override int? MaximumLength => _backbone.MaximumLength - ReservedPositions;
    internal override int? PromptWidth => FeatureCount;

    public override IReadOnlyList<NetworkStage> Stages =>
    [
        new("embeddings", [$"{BackbonePrefix}embeddings"]),
        .. Enumerable.Range(0, _backbone.Layers.Count).Select(i => new NetworkStage(
            StageOf(i),
            Layout.HasPooler && i == _backbone.Layers.Count - 1
                ? [$"{BackbonePrefix}{Layout.Layers}.{i}", $"{BackbonePrefix}pooler"]
                : [$"{BackbonePrefix}{Layout.Layers}.{i}"])),
    ];

    public override string BackbonePrefix => Layout.Backbone + ".";
    public override IReadOnlyList<string> OptionalNames => Layout.HasPooler ? [$"{BackbonePrefix}pooler"] : [];
    public override string WordEmbeddingName => $"{BackbonePrefix}embeddings.word_embeddings.weight";

    public override IReadOnlyDictionary<string, string> Tied
        => IsTied
            ? new Dictionary<string, string>(Layout.OtherNames) { [Layout.VocabularyWeight] = WordEmbeddingName }
            : Layout.OtherNames;

    public override KeyMap CheckpointNames => Layout.OldNames;

    // The numbers 0, 1, 2, … and zeros that old versions kept as buffers, a pooler that no head uses, and the heads of other tasks.
    public override bool IsIgnored(string name)
        => name.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
            || name.EndsWith("embeddings.token_type_ids", StringComparison.Ordinal)
            || IsUnder(name, [$"{BackbonePrefix}pooler", .. Layout.HeadNames]);

    /// <summary>A value of the configuration under this family's key.</summary>
    public Func<Tensor, Tensor> Activation() => ActivationFunctions.Named(Config.Text(Layout.Keys.Activation, "gelu"));

    public override IReadOnlyList<string> Divisions => [.. Enumerable.Range(0, _backbone.Layers.Count).Select(StageOf)];

    public override Tensor ForwardHidden(TokenInput inputs)
    {
        Tensor all = ForwardAll(inputs);
        long others = all.size(1) - inputs.Length;
        if (others == 0)
        {
            return all;
        }

        using (all)
        {
            return all.narrow(1, others, inputs.Length);
        }
    }

    public override Tensor ForwardBefore(string stage, ModelInput input)
    {
        RequireDivision(stage);
        TokenInput tokens = (TokenInput)input;
        return _backbone.RunLayers(_backbone.Embed(tokens, InputAdapter), tokens, 0, LayerOf(stage));
    }

    private protected override Tensor ForwardAll(TokenInput inputs)
        => _backbone.RunLayers(_backbone.Embed(inputs, InputAdapter), inputs, 0, _backbone.Layers.Count);

    public override Tensor ForwardFrom(string stage, Tensor activations, ModelInput? input = null)
    {
        RequireDivision(stage);
        TokenInput tokens = input as TokenInput
            ?? throw new ArgumentException($"{GetName()} needs the tokens that the activations belong to.", nameof(input));
        return FeaturesOf(_backbone.RunLayers(activations.alias(), tokens, LayerOf(stage), _backbone.Layers.Count), tokens);
    }

    public override Tensor Pool(Tensor hidden, TokenInput inputs)
    {
        using Tensor first = hidden.select(1, 0);
        return _backbone.Pooler is null ? first.clone() : _backbone.Pooler.call(first);
    }

    protected override IReadOnlyList<string> PrepareBackbone(HeadSpec head)
        => Layout.HasPooler && _backbone.SetPooler(head.Kind is HeadKind.None or HeadKind.Pooled) ? [$"{BackbonePrefix}pooler"] : [];

    protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head) => Layout.Head(this, head);

    private static string StageOf(int layer) => $"layer.{layer}";

    private int LayerOf(string stage) => Enumerable.Range(0, _backbone.Layers.Count).First(i => StageOf(i) == stage);

    /// <summary>Embeddings, layers and, for some heads, the pooler; no module itself, so that names are the layout's.</summary>
    private sealed class Backbone
    {
        private readonly int? _countsFrom;
        private readonly Embedding _positions;
        private readonly Embedding? _types;
        private readonly LayerNorm _norm;
        private readonly Dropout _dropout;

        public Backbone(EncoderLayout layout, ModelConfig config)
        {
            Width = config.Size(layout.Keys.Width, 768);
            int padding = config.Whole("pad_token_id", layout.CountsFromPadding ? 1 : 0);
            int positions = config.Size("max_position_embeddings", 512);
            double epsilon = layout.EpsilonOf(config);
            double dropout = config.Probability(layout.Keys.Dropout, 0.1);
            _countsFrom = layout.CountsFromPadding ? padding : null;
            MaximumLength = layout.CountsFromPadding ? positions - padding - 1 : positions;
            Words = Tree.Put("embeddings.word_embeddings", new Embedding(config.Size("vocab_size"), Width, padding));
            _positions = Tree.Put("embeddings.position_embeddings", new Embedding(positions, Width, _countsFrom));
            _types = layout.HasTypes
                ? Tree.Put("embeddings.token_type_embeddings", new Embedding(config.Size("type_vocab_size", 2), Width))
                : null;
            _norm = Tree.Put("embeddings.LayerNorm", new LayerNorm(Width, epsilon));
            _dropout = Tree.Put("embeddings.dropout", new Dropout(dropout));
            Layers = new TransformerStack(Tree, layout.Layers, config.Size(layout.Keys.Layers, layout.DefaultLayers, 1000),
                new TransformerLayerOptions
                {
                    Names = layout.Layer,
                    Width = Width,
                    Inner = config.Size(layout.Keys.Inner, 3072),
                    Heads = config.Heads(layout.Keys.Heads, Width, 12),
                    Activation = ActivationFunctions.Named(config.Text(layout.Keys.Activation, "gelu")),
                    Norm = () => new LayerNorm(Width, epsilon),
                    WeightDropout = config.Probability(layout.Keys.AttentionDropout, 0.1),
                    AttentionDropout = layout.DropsAttention ? dropout : 0,
                    Dropout = dropout,
                });
        }

        public ModuleTree Tree { get; } = new(nameof(Backbone));
        public int Width { get; }
        public int FirstPosition => _countsFrom + 1 ?? 0;
        public int MaximumLength { get; }
        public Embedding Words { get; }
        public TransformerStack Layers { get; }
        public Sequential? Pooler { get; private set; }

        /// <summary>Adds the pooler, allocated but not filled, or takes it away.</summary>
        /// <returns>Whether it is new.</returns>
        public bool SetPooler(bool isThere)
        {
            if (isThere == (Pooler is not null))
            {
                return false;
            }

            if (!isThere)
            {
                Tree.Remove("pooler");
                Pooler = null;
                return false;
            }

            Pooler = Tree.Put(
                "pooler", new Sequential(("dense", new Linear(Width, Width)), ("activation", new Activation("Tanh", x => x.tanh()))));
            Pooler.train(Tree.training);
            return true;
        }

        /// <summary>What enters the first layer, [N, L, D], with an adapter's prompt before the tokens.</summary>
        public Tensor Embed(TokenInput input, InputBranch? adapter)
        {
            int shift = adapter?.Positions ?? 0;
            TextLength.Require(input, MaximumLength - shift);
            using DisposeScope scope = NewDisposeScope();
            Tensor sum = Words.call(input.Ids);
            Tensor? prompt = adapter?.Prompt(input.Count);
            sum = prompt is null ? sum : cat([prompt, sum], 1);
            if (_types is not null)
            {
                Tensor? types = _types.Weight.size(0) == 1 ? null : input.TypeIds;
                types = types is null || prompt is null ? types : Before(types, zeros([input.Count, shift], int64, sum.device));
                sum = sum.Add(types is null ? _types.Weight[0] : _types.call(types));
            }

            // Behind a prefix, which has no vectors here, tokens are counted from its end; a prompt's vectors have positions themselves.
            sum = sum.Add(
                prompt is not null ? _positions.Weight.narrow(0, FirstPosition, sum.size(1))
                    : _countsFrom is { } first ? _positions.call(CountedPositions(input.Ids, first, shift))
                    : _positions.Weight.narrow(0, shift, input.Length));
            return _dropout.call(_norm.call(sum)).MoveToOuterDisposeScope();
        }

        /// <summary>Some layers one after the other, [N, L, D] to [N, L, D].</summary>
        /// <param name="hidden">What enters the first of them, perhaps with a prompt before the tokens; is disposed.</param>
        /// <param name="input">The tokens.</param>
        /// <param name="first">The first layer.</param>
        /// <param name="end">The number after the last one.</param>
        public Tensor RunLayers(Tensor hidden, TokenInput input, int first, int end)
        {
            long prompt = hidden.size(1) - input.Length;
            using Tensor? real = input.HasPadding && prompt > 0
                ? Before(input.Mask, ones([input.Count, prompt], int64, hidden.device))
                : null;
            using Tensor? mask = AttentionMask.Padding(real ?? (input.HasPadding ? input.Mask : null));
            return Layers.Run(hidden, mask, first: first, end: end);
        }

        private static Tensor Before(Tensor ofTokens, Tensor ofPrompt) => cat([ofPrompt, ofTokens], 1);

        // Padding is what has the padding's number, whatever the mask says: so the published definition.
        private static Tensor CountedPositions(Tensor ids, int padding, int shift)
        {
            Tensor isToken = ids.IsUnequal(padding).to(ScalarType.Int64);
            return isToken.cumsum(1).Add(shift).mul(isToken).Add(padding);
        }
    }
}
