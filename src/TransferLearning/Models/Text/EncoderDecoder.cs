namespace TransferLearning;

/// <summary>A network whose encoder reads and whose decoder writes: T5, BART and Marian.</summary>
internal abstract class EncoderDecoder(string name, ModelConfig config, HeadSpec head) : TextNetwork(name, config, head), IDecodingNetwork
{
    public static IReadOnlyList<HeadKind> Kinds { get; } = [HeadKind.Vocabulary, HeadKind.None];

    public sealed override IReadOnlyList<HeadKind> HeadKinds => Kinds;
    public sealed override int FeatureCount { get; } = config.Size("d_model");

    public bool HasEncoder => true;

    /// <summary>Whether the output layer shares the table of token embeddings.</summary>
    protected bool IsTied { get; } = config.Flag("tie_word_embeddings", true);

    protected abstract SequenceStack Encoder { get; }
    protected abstract SequenceStack Decoder { get; }

    /// <summary>The table of the tokens that are read.</summary>
    protected abstract Embedding Read { get; }

    /// <summary>The table of the tokens that are written.</summary>
    protected abstract Embedding Written { get; }

    /// <summary>What the encoder makes of the text, [N, L, <see cref="FeatureCount"/>].</summary>
    public sealed override Tensor ForwardHidden(TokenInput inputs) => Encode(inputs.Ids, MaskOf(inputs));

    public DecoderCache Begin(ModelInput input)
    {
        TokenInput tokens = input as TokenInput
            ?? throw new ArgumentException($"{GetName()} reads tokens ({nameof(TokenInput)}).", nameof(input));
        using Tensor source = ForwardHidden(tokens);
        return new DecoderCache(Decoder.LayerCount, null, source, MaskOf(tokens));
    }

    public Tensor NextLogits(Tensor ids, DecoderCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Decode(ids, cache.Source!, cache.SourceMask, cache);
        return ForwardHead(hidden.select(1, hidden.size(1) - 1)).MoveToOuterDisposeScope();
    }

    internal Tensor Encode(Tensor ids, Tensor? mask, Action<Tensor>? observe = null) => Encoder.Forward(Read, ids, mask, observe: observe);

    internal Tensor Decode(Tensor ids, Tensor source, Tensor? sourceMask, DecoderCache? cache, Action<Tensor>? observe = null)
        => Decoder.Forward(Written, ids, null, source, sourceMask, cache, observe);

    protected sealed override Tensor HeadFeatures(TokenInput input)
    {
        Tensor source = ForwardHidden(input);
        if (HeadKind == HeadKind.None)
        {
            return source;
        }

        using Tensor read = source;
        return Decode(SequenceTask.DecoderIds(input), read, MaskOf(input), null);
    }

    /// <inheritdoc/>
    public sealed override Tensor ForwardDecoder(Tensor source, TokenInput inputs)
    {
        using Tensor hidden = Decode(SequenceTask.DecoderIds(inputs), source, MaskOf(inputs), null);
        return ForwardHead(hidden);
    }

    protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head)
        => head.Kind == HeadKind.None
            ? []
            :
            [
                (
                    "lm_head",
                    IsTied ? new TiedLinear(() => Written.Weight, scale: TiedScale)
                        : new Linear(FeatureCount, Written.Weight.size(0), bias: false))
            ];

    /// <summary>A factor on what enters a tied output layer.</summary>
    protected virtual double TiedScale => 1;

    /// <summary>The heads of other tasks that a checkpoint may bring along.</summary>
    protected bool IsOtherHead(string name)
        => IsUnder(name, "classification_head", "classifier", "qa_outputs") || (HeadKind == HeadKind.None && IsUnder(name, "lm_head"));

    private static Tensor? MaskOf(TokenInput input) => input.HasPadding ? input.Mask : null;
}
