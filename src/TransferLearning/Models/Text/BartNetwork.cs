namespace TransferLearning;

/// <summary>
/// The network of BART (Lewis et al., 2019) and Marian (Junczys-Dowmunt et al., 2018), which differ in where positions come from and in a
/// norm after the embeddings.
/// </summary>
internal sealed class BartNetwork : EncoderDecoder
{
    // BART's table of learned positions begins with two rows that nothing uses.
    private const int UnusedRows = 2;

    private readonly bool _isLearned;
    private readonly Embedding[] _shared;

    [TorchSharp.Utils.ComponentName(Name = "final_logits_bias")]
    private readonly Tensor _bias;

    /// <summary>Makes the network.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="head">Scores for the vocabulary, or none: the encoder's hidden states.</param>
    /// <param name="isLearned">Whether positions are learned and embeddings normalised (BART), or positions are sines (Marian).</param>
    public BartNetwork(ModelConfig config, HeadSpec head, bool isLearned) : base(isLearned ? nameof(Bart) : nameof(Marian), config, head)
    {
        _isLearned = isLearned;
        MaximumLength = config.Size("max_position_embeddings", 1024);
        (int vocabulary, int padding) = (config.Size("vocab_size"), config.Whole("pad_token_id", 1));
        bool isShared = config.Flag("share_encoder_decoder_embeddings", true);
        ModuleTree model = new("model");
        _shared = isShared ? [model.Put("shared", new Embedding(vocabulary, FeatureCount, padding))] : [];
        Encoder = Stack(
            model.Put("encoder", new ModuleTree("encoder")),
            isDecoder: false,
            isShared ? null : new Embedding(vocabulary, FeatureCount, padding));
        Decoder = Stack(
            model.Put("decoder", new ModuleTree("decoder")),
            isDecoder: true,
            isShared ? null : new Embedding(config.Size("decoder_vocab_size", vocabulary), FeatureCount, padding));
        _bias = zeros(1, Written.Weight.size(0));
        register_module("model", model);
        BuildFirstHead();
    }

    public override int? MaximumLength { get; }

    public override IReadOnlyList<NetworkStage> Stages =>
    [
        new("embeddings", ["model.shared", .. Sides("embed_tokens"), .. Sides("embed_positions"), .. Sides("layernorm_embedding")]),
        .. Enumerable.Range(0, Encoder.LayerCount).Select(i => new NetworkStage($"encoder.{i}", [$"model.encoder.layers.{i}"])),
        .. Enumerable.Range(0, Decoder.LayerCount).Select(i => new NetworkStage($"decoder.{i}", [$"model.decoder.layers.{i}"])),
    ];

    public override string BackbonePrefix => "model.";

    public override IReadOnlyList<string> OptionalNames => ["final_logits_bias"];

    public override string WordEmbeddingName => _shared.Length > 0 ? "model.shared.weight" : "model.encoder.embed_tokens.weight";

    public override IReadOnlyDictionary<string, string> Tied
    {
        get
        {
            Dictionary<string, string> names = _shared.Length > 0
                ? Sides("embed_tokens.weight").ToDictionary(side => side, _ => WordEmbeddingName)
                : [];
            if (IsTied)
            {
                names.Add("lm_head.weight", _shared.Length > 0 ? WordEmbeddingName : "model.decoder.embed_tokens.weight");
            }

            return names;
        }
    }

    protected override SequenceStack Encoder { get; }

    protected override SequenceStack Decoder { get; }

    protected override Embedding Read => Encoder.Tokens ?? _shared[0];

    protected override Embedding Written => Decoder.Tokens ?? _shared[0];

    // Marian's files hold the table of sines, which is computed here.
    public override bool IsIgnored(string name)
        => Sides("embed_positions.weight").Contains(name) || Sides("version").Contains(name) || IsOtherHead(name);

    protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head)
        => head.Kind == HeadKind.None
            ? []
            : [.. base.BuildHead(head), ("final_bias", new Activation("final_bias", x => x.AddInPlace(_bias)))];

    private static string[] Sides(string name) => [$"model.encoder.{name}", $"model.decoder.{name}"];

    private SequenceStack Stack(ModuleTree tree, bool isDecoder, Embedding? tokens)
    {
        string side = isDecoder ? "decoder" : "encoder";
        double dropout = Config.Probability("dropout", 0.1);
        TransformerLayerOptions layer = new()
        {
            Names = TransformerLayerOptions.EncoderDecoderNames(isDecoder),
            Width = FeatureCount,
            Inner = Config.Size($"{side}_ffn_dim"),
            Heads = Config.Heads($"{side}_attention_heads", FeatureCount),
            Activation = ActivationFunctions.Named(Config.Text("activation_function", "gelu")),
            Norm = () => new LayerNorm(FeatureCount),
            IsCausal = isDecoder,
            WeightDropout = Config.Probability("attention_dropout", 0),
            AttentionDropout = dropout,
            InnerDropout = Config.Probability("activation_dropout", 0),
            Dropout = dropout,
        };
        SequenceStack stack = new(
            tree, isDecoder, tokens, _isLearned ? MaximumLength : null, UnusedRows, "layers", Config.Size($"{side}_layers"), layer, dropout)
        {
            Scale = Config.Flag("scale_embedding", false) ? Math.Sqrt(FeatureCount) : 1,
            Limit = MaximumLength,
            HasSines = !_isLearned,
            EmbeddingNorm = _isLearned ? tree.Put("layernorm_embedding", new LayerNorm(FeatureCount)) : null,
        };
        return stack;
    }
}
