namespace TransferLearning;

/// <summary>The network of Whisper: an encoder of log-mel frames, and a decoder that writes text, or a classifier instead.</summary>
internal sealed class WhisperNetwork : SpeechNetwork, IDecodingNetwork
{
    private const string EncoderName = "model.encoder";
    private const string DecoderName = "model.decoder";

    // Together, because a module that is a field is registered under the field's name too.
    private readonly (ModuleTree Model, Conv1d First, Conv1d Second, SinusoidTable Positions, Dropout Dropout, LayerNorm Norm) _parts;
    private readonly TransformerStack _encoder;
    private readonly SpecAugmentMasks _augment;
    private SequenceStack? _decoder;

    /// <summary>Makes the network.</summary>
    public WhisperNetwork(ModelConfig config, HeadSpec head)
        : base(nameof(Whisper), config, head)
    {
        FeatureCount = config.Size("d_model", 256);
        Bands = config.Size("num_mel_bins", 80, 1 << 12);
        FrameCount = 2 * config.Size("max_source_positions", 1500, 1 << 20);
        MaximumLength = config.Size("max_target_positions", 448, 1 << 20);
        _augment = new SpecAugmentMasks(config, applies: false);
        ModuleTree model = new("model");
        Conv1d first = model.Put("encoder.conv1", new Conv1d(Bands.Value, FeatureCount, 3, padding: 1, bias: true));
        Conv1d second = model.Put("encoder.conv2", new Conv1d(FeatureCount, FeatureCount, 3, stride: 2, padding: 1, bias: true));
        SinusoidTable positions = model.Put("encoder.embed_positions", new SinusoidTable(FrameCount.Value / 2, FeatureCount));
        Dropout dropout = model.Put("encoder.dropout", new Dropout(config.Probability("dropout", 0)));
        _encoder = new TransformerStack(model, "encoder.layers", config.Size("encoder_layers", 4, 1000), Layer("encoder"))
        {
            LayerDrop = config.Probability("encoder_layerdrop", 0),
        };
        _parts = (
            model, first, second, positions, dropout, model.Put("encoder.layer_norm", new LayerNorm(FeatureCount)));
        register_module("model", model);
        AddLayerWeights(_encoder.Count);
        BuildFirstHead();
    }

    public static IReadOnlyList<HeadKind> Kinds { get; } = [HeadKind.Vocabulary, HeadKind.None, HeadKind.Pooled];

    public override IReadOnlyList<HeadKind> HeadKinds => Kinds;

    public override int FeatureCount { get; }

    public override int? Bands { get; }

    public override int? FrameCount { get; }

    public int? MaximumLength { get; }

    public bool HasEncoder => true;

    public override IReadOnlyList<NetworkStage> Stages
    {
        get
        {
            int last = _encoder.Count - 1;
            string[] ofLast = HasLayerWeights ? [$"{EncoderName}.layer_norm", LayerWeightsName] : [$"{EncoderName}.layer_norm"];
            return
            [
                new("conv", [$"{EncoderName}.conv1", $"{EncoderName}.conv2", $"{EncoderName}.embed_positions"]),
                .. Enumerable.Range(0, last + 1).Select(
                    i => new NetworkStage($"encoder.{i}", [$"{EncoderName}.layers.{i}", .. i == last ? ofLast : []])),
                .. _decoder is null ? [] : DecoderStages(_decoder.LayerCount - 1),
            ];
        }
    }

    public override string BackbonePrefix => "model.";

    public override IReadOnlyList<string> OptionalNames => [$"{EncoderName}.embed_positions", LayerWeightsName];

    public override string? WordEmbeddingName => _decoder is null ? null : $"{DecoderName}.embed_tokens.weight";

    public override IReadOnlyDictionary<string, string> Tied
        => IsTied && WordEmbeddingName is { } words ? new Dictionary<string, string> { ["proj_out.weight"] = words } : base.Tied;

    /// <summary>The names of the files that OpenAI publishes.</summary>
    public override KeyMap CheckpointNames { get; } = KeyMap.Empty
        .Pattern(@"^(encoder|decoder)\.blocks\.", "model.$1.layers.")
        .Pattern(@"\.cross_attn_ln\.", ".encoder_attn_layer_norm.")
        .Pattern(@"\.attn_ln\.", ".self_attn_layer_norm.")
        .Pattern(@"\.mlp_ln\.", ".final_layer_norm.")
        .Pattern(@"\.cross_attn\.", ".encoder_attn.")
        .Pattern(@"\.attn\.", ".self_attn.")
        .Pattern(@"\.query\.", ".q_proj.")
        .Pattern(@"\.key\.", ".k_proj.")
        .Pattern(@"\.value\.", ".v_proj.")
        .Pattern(@"\.out\.", ".out_proj.")
        .Pattern(@"\.mlp\.0\.", ".fc1.")
        .Pattern(@"\.mlp\.2\.", ".fc2.")
        .Prefix("encoder.ln_post.", "model.encoder.layer_norm.")
        .Prefix("decoder.ln.", "model.decoder.layer_norm.")
        .Prefix("decoder.token_embedding.", "model.decoder.embed_tokens.")
        .Pattern(@"^(encoder|decoder)\.positional_embedding$", "model.$1.embed_positions.weight");

    private bool IsTied => Config.Flag("tie_word_embeddings", true);

    // The heads of other tasks, and the decoder, which a classifier does not need.
    public override bool IsIgnored(string name)
        => IsUnder(name, "projector", "classifier", LayerWeightsName)
            || (HeadKind != HeadKind.Vocabulary && IsUnder(name, "proj_out"))
            || (_decoder is null && IsUnder(name, DecoderName));

    // Whisper was trained to see what pads a sound, and attends to all of it.
    public override Tensor? FrameLengths(AudioInput input) => null;

    public DecoderCache Begin(ModelInput input)
    {
        AudioInput sounds = input as AudioInput
            ?? throw new ArgumentException($"{GetName()} reads sounds ({nameof(AudioInput)}).", nameof(input));
        using Tensor source = ForwardHidden(sounds);
        return new DecoderCache(Decoder.LayerCount, source: source);
    }

    public Tensor NextLogits(Tensor ids, DecoderCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Decode(ids, cache.Source!, cache);
        return ForwardHead(hidden.select(1, hidden.size(1) - 1)).MoveToOuterDisposeScope();
    }

    /// <summary>The encoder's hidden states, [N, L, D].</summary>
    /// <param name="frames">[N, bands, frames].</param>
    /// <param name="observe">Given what enters the first layer and what each layer gives.</param>
    internal Tensor Hidden(Tensor frames, Action<Tensor>? observe)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = training ? Masked(frames) : frames;
        x = nn.functional.gelu(_parts.First.call(x));
        x = nn.functional.gelu(_parts.Second.call(x)).transpose(1, 2);
        x = _parts.Dropout.call(_parts.Positions.call(x));
        observe?.Invoke(x);
        return _parts.Norm.call(_encoder.Run(x, mask: null, observe: observe)).MoveToOuterDisposeScope();
    }

    /// <summary>The decoder's hidden states, [N, M, D].</summary>
    internal Tensor Decode(Tensor ids, Tensor source, DecoderCache? cache, Action<Tensor>? observe = null)
        => Decoder.Forward(Decoder.Tokens!, ids, mask: null, source, sourceMask: null, cache, observe);

    protected override Tensor Encode(AudioInput input) => MixLayers(observe => Hidden(input.Values, observe));

    protected override Tensor HeadFeatures(AudioInput input)
    {
        if (HeadKind != HeadKind.Vocabulary)
        {
            return base.HeadFeatures(input);
        }

        Tensor ids = input.DecoderIds
            ?? throw new ArgumentException($"{GetName()} needs what its decoder reads: set AudioInput.DecoderIds.", nameof(input));
        using Tensor source = ForwardHidden(input);
        return Decode(ids, source, cache: null);
    }

    protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head) => head.Kind switch
    {
        HeadKind.Pooled => ClassificationHead(head.Outputs),
        HeadKind.Vocabulary =>
        [
            (
                "proj_out",
                IsTied ? new TiedLinear(() => Decoder.Tokens!.Weight)
                    : new Linear(FeatureCount, Decoder.Tokens!.Weight.size(0), bias: false))
        ],
        _ => [],
    };

    protected override IReadOnlyList<string> PrepareBackbone(HeadSpec head)
    {
        if ((head.Kind != HeadKind.Pooled) == _decoder is not null)
        {
            return [];
        }

        if (_decoder is not null)
        {
            _parts.Model.Remove("decoder");
            _decoder = null;
            return [];
        }

        ModuleTree tree = _parts.Model.Put("decoder", new ModuleTree("decoder"));
        int vocabulary = Config.Size("vocab_size", 51865);
        int padding = Config.Whole("pad_token_id", 50256);
        _decoder = new SequenceStack(
            tree, isDecoder: true, new Embedding(vocabulary, FeatureCount, padding >= 0 && padding < vocabulary ? padding : null),
            MaximumLength, unusedRows: 0, "layers", Config.Size("decoder_layers", 4, 1000), Layer("decoder"),
            Config.Probability("dropout", 0))
        {
            Scale = Config.Flag("scale_embedding") ? Math.Sqrt(FeatureCount) : 1,
            Limit = MaximumLength,
            LayerDrop = Config.Probability("decoder_layerdrop", 0),
            LastNorm = tree.Put("layer_norm", new LayerNorm(FeatureCount)),
        };
        tree.train(_parts.Model.training);
        return [DecoderName];
    }

    private SequenceStack Decoder => _decoder
        ?? throw new InvalidOperationException($"{GetName()} has a classifier instead of its decoder, so it writes no text.");

    private static IEnumerable<NetworkStage> DecoderStages(int last)
        =>
        [
            new("decoder.embeddings", [$"{DecoderName}.embed_tokens", $"{DecoderName}.embed_positions"]),
            .. Enumerable.Range(0, last + 1).Select(i => new NetworkStage(
                $"decoder.{i}",
                i == last ? [$"{DecoderName}.layers.{i}", $"{DecoderName}.layer_norm"] : [$"{DecoderName}.layers.{i}"])),
        ];

    private Tensor Masked(Tensor frames)
    {
        (long examples, long bands, long count) = (frames.size(0), frames.size(1), frames.size(2));
        Tensor? time = _augment.Frames([.. Enumerable.Repeat(count, (int)examples)], count, frames.device);
        Tensor x = time is null ? frames : frames.MaskedFill(time.unsqueeze(1), 0L);
        Tensor? features = _augment.Features(examples, bands, frames.device);
        return features is null ? x : x.MaskedFill(features.unsqueeze(2), 0L);
    }

    private TransformerLayerOptions Layer(string side) => new()
    {
        Names = TransformerLayerOptions.EncoderDecoderNames(isDecoder: side == "decoder"),
        Width = FeatureCount,
        Inner = Config.Size($"{side}_ffn_dim", 4 * FeatureCount),
        Heads = Config.Heads($"{side}_attention_heads", FeatureCount),
        Activation = ActivationFunctions.Named(Config.Text("activation_function", "gelu")),
        Norm = () => new LayerNorm(FeatureCount),
        NormsFirst = true,
        IsCausal = side == "decoder",
        WithoutBias = [LayerPart.Key, LayerPart.SourceKey],
        WeightDropout = Config.Probability("attention_dropout", 0),
        AttentionDropout = Config.Probability("dropout", 0),
        InnerDropout = Config.Probability("activation_dropout", 0),
        Dropout = Config.Probability("dropout", 0),
    };
}
