namespace TransferLearning;

/// <summary>
/// The network of wav2vec 2.0 and HuBERT: convolutions turn samples into frames, and transformer layers frames into hidden states. The
/// "base" form has a group norm in its first convolution and norms after the sum, the "large" form layer norms in all of them and norms
/// first.
/// </summary>
internal sealed class Wav2Vec2Network : SpeechNetwork
{
    public const string ConvolutionStage = "feature_extractor";

    private readonly Wav2Vec2Backbone _backbone;
    private readonly string _name;

    /// <summary>Makes the network.</summary>
    /// <param name="name">The backbone's name in the checkpoint.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="head">Its head.</param>
    public Wav2Vec2Network(string name, ModelConfig config, HeadSpec head)
        : base(name == "hubert" ? nameof(Hubert) : nameof(Wav2Vec2), config, head)
    {
        RefuseOthers(config);
        _name = name;
        _backbone = new Wav2Vec2Backbone(config);
        register_module(name, _backbone.Tree);
        AddLayerWeights(_backbone.Layers.Count);
        BuildFirstHead();
    }

    public static IReadOnlyList<HeadKind> Kinds { get; } = [HeadKind.None, HeadKind.Pooled, HeadKind.Vocabulary];

    public override IReadOnlyList<HeadKind> HeadKinds => Kinds;

    public override int FeatureCount => _backbone.Width;

    public override int MinimumLength => _backbone.Window;

    public override IReadOnlyList<NetworkStage> Stages
    {
        get
        {
            string[] beforeLayers =
            [
                $"{_name}.feature_projection", $"{_name}.{Wav2Vec2Backbone.MaskName}", $"{_name}.encoder.pos_conv_embed",
                $"{_name}.encoder.layer_norm",
            ];
            int last = _backbone.Layers.Count - 1;
            return
            [
                new(ConvolutionStage, [$"{_name}.feature_extractor"]),
                new("feature_projection", _backbone.NormsFirst ? beforeLayers[..^1] : beforeLayers),
                .. Enumerable.Range(0, last + 1).Select(i => new NetworkStage(
                    $"layers.{i}",
                    [
                        $"{_name}.encoder.layers.{i}",
                        .. i == last && _backbone.NormsFirst ? beforeLayers[^1..] : [],
                        .. i == last && HasLayerWeights ? [LayerWeightsName] : Array.Empty<string>(),
                    ])),
            ];
        }
    }

    public override string BackbonePrefix => _name + ".";

    public override IReadOnlyList<string> OptionalNames => [$"{_name}.{Wav2Vec2Backbone.MaskName}", LayerWeightsName];

    /// <summary>torchaudio's names, and those that PyTorch 2 gives the parts of a normalised weight.</summary>
    public override KeyMap CheckpointNames { get; } = KeyMap.Empty
        .Pattern(@"\.parametrizations\.weight\.original0$", ".weight_g")
        .Pattern(@"\.parametrizations\.weight\.original1$", ".weight_v")
        .Prefix("encoder.transformer.", "encoder.")
        .Prefix("encoder.feature_projection.", "feature_projection.")
        .Prefix("aux.", "lm_head.");

    // The heads of other tasks, of pretraining among them, and the vector of masked frames where nothing is masked.
    public override bool IsIgnored(string name)
        => IsUnder(
            name, "lm_head", "projector", "classifier", "quantizer", "project_q", "project_hid", LayerWeightsName,
            $"{_name}.{Wav2Vec2Backbone.MaskName}");

    public override Tensor? FrameLengths(AudioInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = NewDisposeScope();
        return input.Lengths is { } lengths ? _backbone.Frames(lengths).MoveToOuterDisposeScope() : null;
    }

    /// <summary>What the convolutions give, [N, L, channels].</summary>
    internal Tensor Convolve(Tensor samples) => _backbone.Convolve(samples);

    /// <summary>The hidden states of the last layer, [N, L, D].</summary>
    /// <param name="input">The sounds.</param>
    /// <param name="observe">Given what enters the first layer and what each layer gives.</param>
    internal Tensor Hidden(AudioInput input, Action<Tensor>? observe)
    {
        using Tensor? lengths = FrameLengths(input);
        return _backbone.Run(input.Values, lengths, observe);
    }

    protected override Tensor Encode(AudioInput input) => MixLayers(observe => Hidden(input, observe));

    protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head) => head.Kind switch
    {
        HeadKind.Pooled => ClassificationHead(head.Outputs),
        HeadKind.Vocabulary =>
        [
            ("dropout", new Dropout(Config.Probability("final_dropout", 0.1))),
            ("lm_head", new Linear(FeatureCount, head.Outputs > 0 ? head.Outputs : Config.Size("vocab_size", 32))),
        ],
        _ => [],
    };

    protected override void InitializeModule(string name, nn.Module module, Generator generator)
    {
        switch (module)
        {
            case Conv1d convolution:
                convolution.Weight.normal_(0, Math.Sqrt(2 / LayerInitializers.FanIn(convolution.Weight)), generator);
                double bound = 1 / Math.Sqrt(LayerInitializers.FanIn(convolution.Weight));
                convolution.Bias?.uniform_(-bound, bound, generator);
                break;
            case PositionConvolution positions:
                positions.Initialize(generator);
                break;
            case ModuleTree when name == _name:
                _backbone.Mask?.uniform_(0, 1, generator);
                break;
            case Linear when name.EndsWith("feature_projection.projection", StringComparison.Ordinal):
                LayerInitializers.Default(module, generator);
                break;
            default:
                base.InitializeModule(name, module, generator);
                break;
        }
    }

    private static void RefuseOthers(ModelConfig config)
    {
        foreach (string key in new[] { "add_adapter", "adapter_attn_dim", "conv_pos_batch_norm" })
        {
            if (config.IsSet(key))
            {
                throw new InvalidDataException(
                    $"'{config.Source}' asks for {key}, which this library does not build; networks without it can be built.");
            }
        }
    }
}
