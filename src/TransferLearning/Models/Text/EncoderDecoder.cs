using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// The network of BART (Lewis et al., 2019) and Marian (Junczys-Dowmunt et al., 2018): an encoder that reads, a decoder that writes, one table of
/// token embeddings for both and for the output.
/// </summary>
internal sealed class EncoderDecoder : TextNetwork, IDecodingNetwork
{
    private readonly bool _isShared;
    private readonly bool _isTied;

    [ComponentName(Name = "final_logits_bias")]
    private readonly Tensor _bias;

    [ComponentName(Name = "model")]
    private readonly Body _body;

    /// <summary>Makes the network.</summary>
    /// <param name="config">The numbers of the architecture.</param>
    /// <param name="head">Scores for the vocabulary, or none: the encoder's hidden states.</param>
    /// <param name="learned">Whether positions are learned and embeddings normalised (BART), or positions are sines (Marian).</param>
    public EncoderDecoder(ModelConfig config, HeadSpec head, bool learned)
        : base(learned ? nameof(Bart) : nameof(Marian), config, head)
    {
        FeatureCount = config.Size("d_model");
        MaximumLength = config.Size("max_position_embeddings", 1024);
        (_isShared, _isTied) = (config.Flag("share_encoder_decoder_embeddings", true), config.Flag("tie_word_embeddings", true));
        _body = new Body(config, _isShared, learned);
        _bias = zeros(1, _body.Written.Weight.size(0));
        BuildFirstHead();
    }

    public static IReadOnlyList<HeadKind> Kinds { get; } = [HeadKind.Vocabulary, HeadKind.None];

    public override IReadOnlyList<HeadKind> HeadKinds => Kinds;

    public override int FeatureCount { get; }

    public override int? MaximumLength { get; }

    public bool HasEncoder => true;

    public override IReadOnlyList<NetworkStage> Stages =>
    [
        new("embeddings", ["model.shared", .. Parts("embed_tokens"), .. Parts("embed_positions"), .. Parts("layernorm_embedding")]),
        .. Enumerable.Range(0, _body.Encoder.LayerCount).Select(i => new NetworkStage($"encoder.{i}", [$"model.encoder.layers.{i}"])),
        .. Enumerable.Range(0, _body.Decoder.LayerCount).Select(i => new NetworkStage($"decoder.{i}", [$"model.decoder.layers.{i}"])),
    ];

    public override string BackbonePrefix => "model.";

    public override IReadOnlyList<string> OptionalNames => ["final_logits_bias"];

    public override string WordEmbeddingName => _isShared ? "model.shared.weight" : "model.encoder.embed_tokens.weight";

    public override IReadOnlyDictionary<string, string> Tied
    {
        get
        {
            Dictionary<string, string> names = [];
            if (_isShared)
            {
                names.Add("model.encoder.embed_tokens.weight", WordEmbeddingName);
                names.Add("model.decoder.embed_tokens.weight", WordEmbeddingName);
            }

            if (_isTied)
            {
                names.Add("lm_head.weight", _isShared ? WordEmbeddingName : "model.decoder.embed_tokens.weight");
            }

            return names;
        }
    }

    // Marian's files hold the table of sines, which is worked out here.
    public override bool IsIgnored(string name)
        => name is "model.encoder.embed_positions.weight" or "model.decoder.embed_positions.weight" or "model.encoder.version" or "model.decoder.version"
            || IsUnder(name, "classification_head", "qa_outputs") || (HeadKind == HeadKind.None && IsUnder(name, "lm_head"));

    /// <summary>What the encoder makes of the text, [N, L, <see cref="FeatureCount"/>].</summary>
    public override Tensor ForwardHidden(TokenInput inputs) => Encode(inputs.Ids, inputs.HasPadding ? inputs.Mask : null);

    public DecoderCache Begin(ModelInput input)
    {
        TokenInput tokens = input as TokenInput ?? throw new ArgumentException($"{GetName()} reads tokens ({nameof(TokenInput)}).", nameof(input));
        Tensor? mask = tokens.HasPadding ? tokens.Mask : null;
        using Tensor source = Encode(tokens.Ids, mask);
        return new DecoderCache(_body.Decoder.LayerCount, null, source, mask);
    }

    public Tensor NextLogits(Tensor ids, DecoderCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Decode(ids, cache.Source!, cache.SourceMask, cache);
        return ForwardHead(hidden.select(1, hidden.size(1) - 1)).MoveToOuterDisposeScope();
    }

    internal Tensor Encode(Tensor ids, Tensor? mask, Action<Tensor>? observe = null)
    {
        using Tensor? blocked = AttentionMask.Padding(mask);
        return _body.Encoder.Forward(_body.Read, ids, blocked, observe: observe);
    }

    internal Tensor Decode(Tensor ids, Tensor source, Tensor? sourceMask, DecoderCache? cache, Action<Tensor>? observe = null)
    {
        using Tensor? later = AttentionMask.Causal(cache?.Length ?? 0, ids.size(1), null, ids.device);
        using Tensor? blocked = AttentionMask.Padding(sourceMask);
        return _body.Decoder.Forward(_body.Written, ids, later, source, blocked, cache, observe);
    }

    protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head) => head.Kind switch
    {
        HeadKind.Vocabulary =>
        [
            ("lm_head", _isTied ? new TiedLinear(() => _body.Written.Weight) : new Linear(FeatureCount, _body.Written.Weight.size(0), bias: false)),
            ("final_bias", new Activation("final_bias", x => x.add_(_bias))),
        ],
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

    private static string[] Parts(string name) => [$"model.encoder.{name}", $"model.decoder.{name}"];

    private sealed class Body : nn.Module
    {
        [ComponentName(Name = "shared")]
        private readonly Embedding? _tokens;

        [ComponentName(Name = "encoder")]
        private readonly PostNormStack _encoder;

        [ComponentName(Name = "decoder")]
        private readonly PostNormStack _decoder;

        public Body(ModelConfig config, bool isShared, bool learned)
            : base(nameof(Body))
        {
            (int vocabulary, int width, int padding) = (config.Size("vocab_size"), config.Size("d_model"), config.Whole("pad_token_id", 1));
            _tokens = isShared ? new Embedding(vocabulary, width, padding) : null;
            _encoder = new PostNormStack(config, decoder: false, learned, isShared ? null : new Embedding(vocabulary, width, padding));
            _decoder = new PostNormStack(config, decoder: true, learned, isShared ? null : new Embedding(config.Size("decoder_vocab_size", vocabulary), width, padding));
            RegisterComponents();
        }

        public Embedding Read => _tokens ?? _encoder.Tokens!;

        public Embedding Written => _tokens ?? _decoder.Tokens!;

        public PostNormStack Encoder => _encoder;

        public PostNormStack Decoder => _decoder;
    }
}
