using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>The network of T5, whose positions are distances, and whose output shares the table of tokens or, since version 1.1, does not.</summary>
internal sealed class T5Network : TextNetwork, IDecodingNetwork
{
    private readonly bool _isTied;

    [ComponentName(Name = "shared")]
    private readonly Embedding _tokens;

    [ComponentName(Name = "encoder")]
    private readonly T5Stack _encoder;

    [ComponentName(Name = "decoder")]
    private readonly T5Stack _decoder;

    public T5Network(ModelConfig config, HeadSpec head)
        : base(nameof(T5), config, head)
    {
        FeatureCount = config.Size("d_model");
        int vocabulary = config.Size("vocab_size");
        _isTied = config.Flag("tie_word_embeddings", true);
        _tokens = new Embedding(vocabulary, FeatureCount);
        _encoder = new T5Stack(config, decoder: false);
        _decoder = new T5Stack(config, decoder: true);
        Dictionary<string, string> tied = new()
        {
            ["encoder.embed_tokens.weight"] = "shared.weight",
            ["decoder.embed_tokens.weight"] = "shared.weight",
        };
        if (_isTied)
        {
            tied["lm_head.weight"] = "shared.weight";
        }

        Tied = tied;
        BuildFirstHead();
    }

    public static IReadOnlyList<HeadKind> Kinds { get; } = [HeadKind.Vocabulary, HeadKind.None];

    public override IReadOnlyList<HeadKind> HeadKinds => Kinds;

    public override int FeatureCount { get; }

    public bool HasEncoder => true;

    public override IReadOnlyList<NetworkStage> Stages =>
    [
        new("embeddings", ["shared"]),
        .. Enumerable.Range(0, _encoder.LayerCount).Select(i => new NetworkStage($"encoder.{i}", [$"encoder.block.{i}"])),
        .. Enumerable.Range(0, _decoder.LayerCount).Select(i => new NetworkStage($"decoder.{i}", [$"decoder.block.{i}"])),
        new("norm", ["encoder.final_layer_norm", "decoder.final_layer_norm"]),
    ];

    public override string BackbonePrefix => "";

    public override string WordEmbeddingName => "shared.weight";

    public override IReadOnlyDictionary<string, string> Tied { get; }

    // A table of distances to what was read, which old files hold and nothing uses.
    public override bool IsIgnored(string name) => name.EndsWith(".EncDecAttention.relative_attention_bias.weight", StringComparison.Ordinal)
        || IsUnder(name, "classification_head", "classifier", "qa_outputs")
        || (HeadKind == HeadKind.None && IsUnder(name, "lm_head"));

    /// <summary>What the encoder makes of the text, [N, L, <see cref="FeatureCount"/>].</summary>
    public override Tensor ForwardHidden(TokenInput inputs) => Encode(inputs.Ids, inputs.HasPadding ? inputs.Mask : null);

    public DecoderCache Begin(ModelInput input)
    {
        TokenInput tokens = input as TokenInput ?? throw new ArgumentException($"{GetName()} reads tokens ({nameof(TokenInput)}).", nameof(input));
        Tensor? mask = tokens.HasPadding ? tokens.Mask : null;
        using Tensor source = Encode(tokens.Ids, mask);
        return new DecoderCache(_decoder.LayerCount, null, source, mask);
    }

    public Tensor NextLogits(Tensor ids, DecoderCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Decode(ids, cache.Source!, cache.SourceMask, cache);
        return ForwardHead(hidden.select(1, hidden.size(1) - 1)).MoveToOuterDisposeScope();
    }

    internal Tensor Encode(Tensor ids, Tensor? mask, Action<Tensor>? observe = null) => _encoder.Forward(_tokens, ids, mask, observe: observe);

    internal Tensor Decode(Tensor ids, Tensor source, Tensor? sourceMask, DecoderCache? cache, Action<Tensor>? observe = null)
        => _decoder.Forward(_tokens, ids, null, source, sourceMask, cache, observe);

    protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head) => head.Kind switch
    {
        HeadKind.Vocabulary => [("lm_head", _isTied
            ? new TiedLinear(() => _tokens.Weight, scale: 1 / Math.Sqrt(FeatureCount))
            : new Linear(FeatureCount, _tokens.Weight.size(0), bias: false))],
        _ => [],
    };

    protected override Tensor HeadFeatures(TokenInput input)
    {
        Tensor source = ForwardHidden(input);
        if (HeadKind == HeadKind.None)
        {
            return source;
        }

        using Tensor read = source;
        return Decode(SequenceTask.DecoderIds(input), read, input.HasPadding ? input.Mask : null, null);
    }

    protected override void InitializeModule(string name, nn.Module module, Generator generator)
    {
        // As in Mesh TensorFlow's transformer: by the width that each weight sums over, queries also for the missing scale of the scores.
        double factor = Config.Number("initializer_factor", 1);
        (double width, double hidden, double size) = (FeatureCount, Config.Size("d_ff"), Config.Size("d_kv", 64));
        string last = name[(name.LastIndexOf('.') + 1)..];
        switch (module)
        {
            case RmsNorm norm:
                norm.Weight.fill_(factor);
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
}
