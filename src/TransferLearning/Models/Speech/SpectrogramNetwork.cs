namespace TransferLearning;

/// <summary>The network of the Audio Spectrogram Transformer: patches of a spectrogram that overlap, and a transformer over them.</summary>
internal sealed class SpectrogramNetwork : SpeechNetwork
{
    private const string BackboneName = "audio_spectrogram_transformer";

    // Together, because a module that is a field is registered under the field's name too.
    private readonly (Embeddings Embeddings, LayerNorm Norm) _parts;
    private readonly TransformerStack _layers;
    private readonly double _epsilon;

    /// <summary>Makes the network.</summary>
    public SpectrogramNetwork(ModelConfig config, HeadSpec head)
        : base(nameof(AudioSpectrogramTransformer), config, head)
    {
        FeatureCount = config.Size("hidden_size", 768);
        Bands = config.Size("num_mel_bins", 128, 1 << 12);
        FrameCount = config.Size("max_length", 1024, 1 << 20);
        _epsilon = config.Number("layer_norm_eps", 1e-12);
        ModuleTree backbone = new(BackboneName);
        Embeddings embeddings = backbone.Put("embeddings", new Embeddings(config, FeatureCount, Bands.Value, FrameCount.Value));
        double dropout = config.Probability("hidden_dropout_prob", 0);
        _layers = new TransformerStack(backbone, "encoder.layer", config.Size("num_hidden_layers", 12, 1000), new TransformerLayerOptions
        {
            Names =
            [
                (LayerPart.Query, "attention.attention.query"),
                (LayerPart.Key, "attention.attention.key"),
                (LayerPart.Value, "attention.attention.value"),
                (LayerPart.Output, "attention.output.dense"),
                (LayerPart.First, "intermediate.dense"),
                (LayerPart.Second, "output.dense"),
                (LayerPart.Norm, "layernorm_before"),
                (LayerPart.LastNorm, "layernorm_after"),
            ],
            Width = FeatureCount,
            Inner = config.Size("intermediate_size", 3072),
            Heads = config.Heads("num_attention_heads", FeatureCount, 12),
            Activation = ActivationFunctions.Named(config.Text("hidden_act", "gelu")),
            Norm = () => new LayerNorm(FeatureCount, _epsilon),
            NormsFirst = true,
            WithoutBias = config.Flag("qkv_bias", true) ? [] : [LayerPart.Query, LayerPart.Key, LayerPart.Value],
            WeightDropout = config.Probability("attention_probs_dropout_prob", 0),
            AttentionDropout = dropout,
            Dropout = dropout,
        });
        _parts = (embeddings, backbone.Put("layernorm", new LayerNorm(FeatureCount, _epsilon)));
        register_module(BackboneName, backbone);
        BuildFirstHead();
    }

    public static IReadOnlyList<HeadKind> Kinds { get; } = [HeadKind.Pooled, HeadKind.None];

    public override IReadOnlyList<HeadKind> HeadKinds => Kinds;

    public override int FeatureCount { get; }

    public override int? Bands { get; }

    public override int? FrameCount { get; }

    public override IReadOnlyList<NetworkStage> Stages =>
    [
        new("embeddings", [$"{BackboneName}.embeddings"]),
        .. Enumerable.Range(0, _layers.Count).Select(i => new NetworkStage(
            $"layer.{i}",
            i == _layers.Count - 1 ? [$"{BackboneName}.encoder.layer.{i}", $"{BackboneName}.layernorm"]
                : [$"{BackboneName}.encoder.layer.{i}"])),
    ];

    public override string BackbonePrefix => BackboneName + ".";

    public override bool IsIgnored(string name) => IsUnder(name, "classifier");

    // The network was trained to see what pads a sound.
    public override Tensor? FrameLengths(AudioInput input) => null;

    /// <summary>The mean of the two learned tokens that come before the patches.</summary>
    public override Tensor Pool(Tensor hidden, AudioInput inputs)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using Tensor tokens = hidden.narrow(1, 0, Embeddings.TokenCount);
        return tokens.mean([1]);
    }

    protected override Tensor Encode(AudioInput input)
    {
        using DisposeScope scope = NewDisposeScope();
        return _parts.Norm.call(_layers.Run(_parts.Embeddings.call(input.Values), mask: null)).MoveToOuterDisposeScope();
    }

    protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head)
        => head.Kind == HeadKind.None
            ? []
            :
            [
                (
                    "classifier",
                    new Sequential(("layernorm", new LayerNorm(FeatureCount, _epsilon)), ("dense", new Linear(FeatureCount, head.Outputs))))
            ];

    protected override void InitializeModule(string name, nn.Module module, Generator generator)
    {
        if (module is Embeddings embeddings)
        {
            embeddings.Initialize(Config.Number("initializer_range", 0.02), generator);
            return;
        }

        base.InitializeModule(name, module, generator);
    }

    /// <summary>Patches of a spectrogram as tokens, after two learned ones, with learned positions.</summary>
    private sealed class Embeddings : nn.Module<Tensor, Tensor>
    {
        public const long TokenCount = 2;

        [ComponentName(Name = "cls_token")]
        private Parameter _class;

        [ComponentName(Name = "distillation_token")]
        private Parameter _distillation;

        [ComponentName(Name = "position_embeddings")]
        private Parameter _positions;

        [ComponentName(Name = "patch_embeddings")]
        private readonly Sequential _patches;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public Embeddings(ModelConfig config, int width, int bands, int frames)
            : base(nameof(Embeddings))
        {
            int side = config.Size("patch_size", 16);
            (int overBands, int overFrames) = (config.Size("frequency_stride", 10), config.Size("time_stride", 10));
            if (side > bands || side > frames)
            {
                throw new InvalidDataException(
                    $"'{config.Source}': patches of {side} (patch_size) do not fit into {bands} bands (num_mel_bins) and {frames} frames "
                        + "(max_length). Get the config.json that belongs to the weights.");
            }

            long count = (((bands - side) / overBands) + 1L) * (((frames - side) / overFrames) + 1L);
            _class = new Parameter(empty(1, 1, width));
            _distillation = new Parameter(empty(1, 1, width));
            _positions = new Parameter(empty(1, TokenCount + count, width));
            _patches = new Sequential((
                "projection", new Conv2d(1, width, (side, side), (overBands, overFrames), (0, 0), (1, 1), groups: 1, bias: true)));
            _dropout = new Dropout(config.Probability("hidden_dropout_prob", 0));
            RegisterComponents();
        }

        /// <summary>[N, bands, frames] to [N, L, D].</summary>
        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor patches = _patches.call(input.unsqueeze(1)).flatten(2).transpose(1, 2); // [N, bands and frames, D]
            (long examples, long width) = (patches.size(0), patches.size(2));
            Tensor tokens = cat([_class.expand(examples, 1, width), _distillation.expand(examples, 1, width), patches], 1);
            return _dropout.call(tokens.Add(_positions)).MoveToOuterDisposeScope();
        }

        public void Initialize(double deviation, Generator generator)
        {
            foreach (Parameter parameter in new[] { _class, _distillation, _positions })
            {
                LayerInitializers.TruncatedNormal(parameter, deviation, generator);
            }
        }
    }
}
