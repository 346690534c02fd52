using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>The network of T5, whose positions are distances, and whose output shares the table of tokens or, since version 1.1, does not.</summary>
internal sealed class T5Network : TextNetwork, IDecodingNetwork
{
    private readonly double _outputScale;

    [ComponentName(Name = "shared")]
    private readonly Embedding _tokens;

    [ComponentName(Name = "encoder")]
    private readonly T5Stack _encoder;

    [ComponentName(Name = "decoder")]
    private readonly T5Stack _decoder;

    [ComponentName(Name = "lm_head")]
    private readonly Linear? _output;

    public T5Network(TextConfig config, TextTask task)
        : base(nameof(T5), config, task, 1)
    {
        FeatureCount = config.Size("d_model");
        int vocabulary = config.Size("vocab_size");
        bool isTied = config.Flag("tie_word_embeddings", true);
        _outputScale = isTied ? 1 / Math.Sqrt(FeatureCount) : 1;
        _tokens = new Embedding(vocabulary, FeatureCount);
        _encoder = new T5Stack(config, decoder: false);
        _decoder = new T5Stack(config, decoder: true);
        _output = isTied ? null : new Linear(FeatureCount, vocabulary, bias: false);
        Dictionary<string, string> tied = new()
        {
            ["encoder.embed_tokens.weight"] = "shared.weight",
            ["decoder.embed_tokens.weight"] = "shared.weight",
        };
        if (isTied)
        {
            tied["lm_head.weight"] = "shared.weight";
        }

        Tied = tied;
        RegisterComponents();
    }

    public override int FeatureCount { get; }

    public bool HasEncoder => true;

    public override IReadOnlyList<NetworkStage> Stages =>
    [
        new("embeddings", ["shared"]),
        .. Enumerable.Range(0, _encoder.LayerCount).Select(i => new NetworkStage($"encoder.{i}", [$"encoder.block.{i}"])),
        .. Enumerable.Range(0, _decoder.LayerCount).Select(i => new NetworkStage($"decoder.{i}", [$"decoder.block.{i}"])),
        new("norm", ["encoder.final_layer_norm", "decoder.final_layer_norm", "lm_head"]),
    ];

    public override string BackbonePrefix => "";

    public override string WordEmbeddingName => "shared.weight";

    public override IReadOnlyDictionary<string, string> Tied { get; }

    // A table of distances to what was read, which old files hold and nothing uses.
    public override bool IsIgnored(string name) => name.EndsWith(".EncDecAttention.relative_attention_bias.weight", StringComparison.Ordinal);

    /// <summary>What the encoder makes of the text, [N, L, <see cref="FeatureCount"/>].</summary>
    public override Tensor ForwardHidden(TokenInput inputs) => Encode(inputs.Ids, inputs.HasPadding ? inputs.Mask : null);

    public override Tensor ForwardHead(Tensor features) => Task == TextTask.Features ? features.alias() : Logits(features);

    public DecoderCache Begin(Tensor ids, Tensor? mask)
    {
        using Tensor source = Encode(ids, mask);
        return new DecoderCache(_decoder.LayerCount, null, source, mask);
    }

    public Tensor NextLogits(Tensor ids, DecoderCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Decode(ids, cache.Source!, cache.SourceMask, cache);
        return Logits(hidden.select(1, hidden.size(1) - 1)).MoveToOuterDisposeScope();
    }

    internal Tensor Encode(Tensor ids, Tensor? mask, Action<Tensor>? observe = null) => _encoder.Forward(_tokens, ids, mask, observe: observe);

    internal Tensor Decode(Tensor ids, Tensor source, Tensor? sourceMask, DecoderCache? cache, Action<Tensor>? observe = null)
        => _decoder.Forward(_tokens, ids, null, source, sourceMask, cache, observe);

    internal Tensor Logits(Tensor hidden)
    {
        if (_output is not null)
        {
            return _output.call(hidden);
        }

        using Tensor scaled = hidden.mul(_outputScale);
        return nn.functional.linear(scaled, _tokens.Weight);
    }

    protected override Tensor HeadFeatures(TokenInput input)
    {
        Tensor source = ForwardHidden(input);
        if (Task == TextTask.Features)
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
