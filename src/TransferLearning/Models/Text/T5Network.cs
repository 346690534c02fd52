namespace TransferLearning;

/// <summary>
/// The network of T5, whose positions are distances, and whose output shares the table of tokens or, since version 1.1, does not.
/// </summary>
internal sealed class T5Network : EncoderDecoder
{
    private readonly Embedding[] _tokens;

    /// <summary>Makes the network.</summary>
    public T5Network(ModelConfig config, HeadSpec head) : base(nameof(T5), config, head)
    {
        _tokens = [new Embedding(config.Size("vocab_size"), FeatureCount)];
        (ModuleTree encoder, ModuleTree decoder) = (new ModuleTree("encoder"), new ModuleTree("decoder"));
        int layers = config.Size("num_layers");
        Encoder = Stack(encoder, isDecoder: false, layers);
        Decoder = Stack(decoder, isDecoder: true, config.Size("num_decoder_layers", layers));
        register_module("shared", _tokens[0]);
        register_module("encoder", encoder);
        register_module("decoder", decoder);
        BuildFirstHead();
    }

    public override IReadOnlyList<NetworkStage> Stages =>
    [
        new("embeddings", ["shared"]),
        .. Enumerable.Range(0, Encoder.LayerCount).Select(i => new NetworkStage($"encoder.{i}", [$"encoder.block.{i}"])),
        .. Enumerable.Range(0, Decoder.LayerCount).Select(i => new NetworkStage($"decoder.{i}", [$"decoder.block.{i}"])),
        new("norm", ["encoder.final_layer_norm", "decoder.final_layer_norm"]),
    ];

    public override string BackbonePrefix => "";

    public override string WordEmbeddingName => "shared.weight";

    public override IReadOnlyDictionary<string, string> Tied
    {
        get
        {
            string[] names =
            ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", .. IsTied ? ["lm_head.weight"] : Array.Empty<string>()];
            return names.ToDictionary(name => name, _ => WordEmbeddingName);
        }
    }

    protected override SequenceStack Encoder { get; }

    protected override SequenceStack Decoder { get; }

    protected override Embedding Read => _tokens[0];

    protected override Embedding Written => _tokens[0];

    protected override double TiedScale => 1 / Math.Sqrt(FeatureCount);

    // A table of distances to what was read, which old files hold and nothing uses.
    public override bool IsIgnored(string name)
        => name.EndsWith(".EncDecAttention.relative_attention_bias.weight", StringComparison.Ordinal) || IsOtherHead(name);

    protected override void InitializeModule(string name, nn.Module module, Generator generator)
    {
        // As in Mesh TensorFlow's transformer: by the width that each weight sums over, queries also for the missing scale of the scores.
        double factor = Config.Number("initializer_factor", 1);
        (double width, double hidden, double size) = (FeatureCount, Config.Size("d_ff"), Config.Size("d_kv", 64));
        string last = name[(name.LastIndexOf('.') + 1)..];
        switch (module)
        {
            case RmsNorm norm:
                norm.Weight.Fill(factor);
                break;
            case Embedding table:
                table.Weight.normal_(0, last == "shared" ? factor : factor / Math.Sqrt(width), generator);
                break;
            case Linear linear:
                double deviation = last switch
                {
                    "q" => 1 / Math.Sqrt(width * size),
                    "o" => 1 / Math.Sqrt(Config.Size("num_heads") * size),
                    "wo" => 1 / Math.Sqrt(hidden),
                    "lm_head" => 1,
                    _ => 1 / Math.Sqrt(width),
                };
                linear.Weight.normal_(0, factor * deviation, generator);
                break;
            default:
                break;
        }
    }

    private SequenceStack Stack(ModuleTree tree, bool isDecoder, int layers)
    {
        double dropout = Config.Probability("dropout_rate", 0.1);
        double epsilon = Config.Number("layer_norm_epsilon", 1e-6);
        string form = Config.Text("feed_forward_proj", "relu");
        bool isGated = form.StartsWith("gated-", StringComparison.Ordinal);
        TransformerLayerOptions layer = new()
        {
            Names = Names(isDecoder, isGated),
            Width = FeatureCount,
            Inner = Config.Size("d_ff"),
            Heads = Config.Size("num_heads"),
            HeadWidth = Config.Size("d_kv", 64),

            // "gated-gelu" has always meant the tanh form.
            Activation = ActivationFunctions.Named(form == "gated-gelu" ? "gelu_new" : isGated ? form["gated-".Length..] : form),
            Norm = () => new RmsNorm(FeatureCount, epsilon),
            NormsFirst = true,
            HasBias = false,
            ScalesScores = false,
            WeightDropout = dropout,
            AttentionDropout = dropout,
            InnerDropout = dropout,
            Dropout = dropout,
        };
        SequenceStack stack = new(tree, isDecoder, tokens: null, learnedPositions: null, unusedRows: 0, "block", layers, layer, dropout)
        {
            LastNorm = tree.Put("final_layer_norm", new RmsNorm(FeatureCount, epsilon)),
            DropsLast = true,
        };
        int count = Config.Size("relative_attention_num_buckets", 32);
        stack.AddDistances(
            "layer.0.SelfAttention.relative_attention_bias",
            new RelativeBuckets(count, Config.Size("relative_attention_max_distance", 128), bothWays: !isDecoder),
            new Embedding(count, layer.Heads));
        return stack;
    }

    private static IReadOnlyList<(LayerPart Part, string Name)> Names(bool isDecoder, bool isGated)
    {
        const string own = "layer.0.SelfAttention.";
        const string source = "layer.1.EncDecAttention.";
        string last = isDecoder ? "layer.2." : "layer.1.";
        (LayerPart Part, string Name)[] reading =
        [
            (LayerPart.SourceQuery, source + "q"), (LayerPart.SourceKey, source + "k"), (LayerPart.SourceValue, source + "v"),
            (LayerPart.SourceOutput, source + "o"), (LayerPart.SourceNorm, "layer.1.layer_norm"),
        ];
        (LayerPart Part, string Name)[] inner = isGated
            ? [(LayerPart.First, $"{last}DenseReluDense.wi_0"), (LayerPart.Gate, $"{last}DenseReluDense.wi_1")]
            : [(LayerPart.First, $"{last}DenseReluDense.wi")];
        return
        [
            (LayerPart.Query, own + "q"), (LayerPart.Key, own + "k"), (LayerPart.Value, own + "v"), (LayerPart.Output, own + "o"),
            (LayerPart.Norm, "layer.0.layer_norm"),
            .. isDecoder ? reading : [],
            .. inner,
            (LayerPart.Second, $"{last}DenseReluDense.wo"),
            (LayerPart.LastNorm, $"{last}layer_norm"),
        ];
    }
}
