using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// The network of BART (Lewis et al., 2019) and Marian (Junczys-Dowmunt et al., 2018): an encoder that reads, a decoder that writes, one table of
/// token embeddings for both and for the output.
/// </summary>
internal sealed class EncoderDecoder : TextNetwork, IDecodingNetwork
{
    [ComponentName(Name = "final_logits_bias")]
    private readonly Tensor _bias;

    [ComponentName(Name = "model")]
    private readonly Body _body;

    /// <summary>Makes the network.</summary>
    /// <param name="config">The numbers of the architecture.</param>
    /// <param name="task">Sequence to sequence, or features: the encoder's hidden states.</param>
    /// <param name="learned">Whether positions are learned and embeddings normalised (BART), or positions are sines (Marian).</param>
    public EncoderDecoder(TextConfig config, TextTask task, bool learned)
        : base(learned ? nameof(Bart) : nameof(Marian), config, task, 1)
    {
        FeatureCount = config.Size("d_model");
        MaximumLength = config.Size("max_position_embeddings", 1024);
        int vocabulary = config.Size("vocab_size");
        _bias = zeros(1, vocabulary);
        _body = new Body(config, vocabulary, learned);
        RegisterComponents();
    }

    public override int FeatureCount { get; }

    public override int? MaximumLength { get; }

    public bool HasEncoder => true;

    public override IReadOnlyList<NetworkStage> Stages =>
    [
        new("embeddings", ["model.shared", .. Parts("embed_positions"), .. Parts("layernorm_embedding")]),
        .. Enumerable.Range(0, _body.Encoder.LayerCount).Select(i => new NetworkStage($"encoder.{i}", [$"model.encoder.layers.{i}"])),
        .. Enumerable.Range(0, _body.Decoder.LayerCount).Select(i => new NetworkStage($"decoder.{i}", [$"model.decoder.layers.{i}"])),
    ];

    public override string BackbonePrefix => "model.";

    public override IReadOnlyList<string> OptionalNames => ["final_logits_bias"];

    public override string WordEmbeddingName => "model.shared.weight";

    public override IReadOnlyDictionary<string, string> Tied { get; } = new Dictionary<string, string>
    {
        ["model.encoder.embed_tokens.weight"] = "model.shared.weight",
        ["model.decoder.embed_tokens.weight"] = "model.shared.weight",
        ["lm_head.weight"] = "model.shared.weight",
    };

    // Marian's files hold the table of sines, which is worked out here.
    public override bool IsIgnored(string name)
        => name is "model.encoder.embed_positions.weight" or "model.decoder.embed_positions.weight" or "model.encoder.version" or "model.decoder.version";

    /// <summary>What the encoder makes of the text, [N, L, <see cref="FeatureCount"/>].</summary>
    public override Tensor ForwardHidden(TokenInput inputs) => Encode(inputs.Ids, inputs.HasPadding ? inputs.Mask : null);

    public override Tensor ForwardHead(Tensor features) => Task == TextTask.Features ? features.alias() : Logits(features);

    public DecoderCache Begin(Tensor ids, Tensor? mask)
    {
        using Tensor source = Encode(ids, mask);
        return new DecoderCache(_body.Decoder.LayerCount, null, source, mask);
    }

    public Tensor NextLogits(Tensor ids, DecoderCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Decode(ids, cache.Source!, cache.SourceMask, cache);
        return Logits(hidden.select(1, hidden.size(1) - 1)).MoveToOuterDisposeScope();
    }

    internal Tensor Encode(Tensor ids, Tensor? mask, Action<Tensor>? observe = null)
    {
        using Tensor? blocked = ScoreMask.Padding(mask);
        return _body.Encoder.Forward(_body.Tokens, ids, blocked, observe: observe);
    }

    internal Tensor Decode(Tensor ids, Tensor source, Tensor? sourceMask, DecoderCache? cache, Action<Tensor>? observe = null)
    {
        using Tensor? later = ScoreMask.Causal(cache?.Length ?? 0, ids.size(1), null, ids.device);
        using Tensor? blocked = ScoreMask.Padding(sourceMask);
        return _body.Decoder.Forward(_body.Tokens, ids, later, source, blocked, cache, observe);
    }

    internal Tensor Logits(Tensor hidden) => nn.functional.linear(hidden, _body.Tokens.Weight).add_(_bias);

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

    private static string[] Parts(string name) => [$"model.encoder.{name}", $"model.decoder.{name}"];

    private sealed class Body : nn.Module
    {
        [ComponentName(Name = "shared")]
        private readonly Embedding _tokens;

        [ComponentName(Name = "encoder")]
        private readonly PostNormStack _encoder;

        [ComponentName(Name = "decoder")]
        private readonly PostNormStack _decoder;

        public Body(TextConfig config, int vocabulary, bool learned)
            : base(nameof(Body))
        {
            _tokens = new Embedding(vocabulary, config.Size("d_model"), config.Whole("pad_token_id", 1));
            _encoder = new PostNormStack(config, decoder: false, learned);
            _decoder = new PostNormStack(config, decoder: true, learned);
            RegisterComponents();
        }

        public Embedding Tokens => _tokens;

        public PostNormStack Encoder => _encoder;

        public PostNormStack Decoder => _decoder;
    }
}
