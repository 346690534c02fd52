namespace TransferLearning;

/// <summary>
/// A text network: a backbone that turns tokens into features, and a head. Tensors that the methods return are the caller's to dispose.
/// </summary>
/// <remarks>A subclass is sealed; see <see cref="ConfigNetwork"/> for what it does.</remarks>
public abstract class TextNetwork : SequenceNetwork<TokenInput>
{
    /// <summary>Makes a network.</summary>
    /// <param name="name">The architecture's name.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="head">Its head.</param>
    protected TextNetwork(string name, ModelConfig config, HeadSpec head) : base(name, config, head) { }

    /// <summary>The most tokens a text may have; null where the network sets no limit.</summary>
    public virtual int? MaximumLength => null;

    /// <summary>The name of the table of token embeddings, with a row for each token of the vocabulary.</summary>
    public abstract override string WordEmbeddingName { get; }

    /// <summary>
    /// One vector for each text as the sequence classifier sees it, [N, <see cref="Network.FeatureCount"/>]. Default: the first token's
    /// hidden state.
    /// </summary>
    /// <param name="hidden">The last hidden state, [N, L, D]; it stays the caller's.</param>
    /// <param name="inputs">The texts it belongs to.</param>
    public override Tensor Pool(Tensor hidden, TokenInput inputs)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using Tensor first = hidden.select(1, 0);
        return first.clone();
    }

    /// <summary>One vector for each text, [N, D], made of those of its tokens.</summary>
    /// <param name="input">The texts; they stay the caller's.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="pooling">How one is made of many.</param>
    /// <param name="normalize">Whether each gets the length 1.</param>
    internal Tensor Embed(TokenInput input, Device device, TextPooling pooling, bool normalize)
    {
        using TokenInput there = input.To(device);
        return Embed(ForwardHidden(there), there.Mask, pooling, normalize);
    }

    /// <summary>One vector for each text, [N, D], made of those of its tokens; it joins the caller's dispose scope.</summary>
    /// <param name="hidden">The last hidden state, [N, L, D]; it stays the caller's.</param>
    /// <param name="mask">1 for a token and 0 for padding, [N, L].</param>
    /// <param name="pooling">How one is made of many.</param>
    /// <param name="normalize">Whether each gets the length 1.</param>
    public static Tensor Embed(Tensor hidden, Tensor mask, TextPooling pooling, bool normalize)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(mask);
        const double Smallest = 1e-12;
        hidden = hidden.to(ScalarType.Float32); // [N, L, D]
        Tensor weights = mask.to(ScalarType.Float32).unsqueeze(-1);
        Tensor pooled = pooling == TextPooling.Cls
            ? hidden.select(1, 0)
            : hidden.mul(weights).sum(1).div(weights.sum(1).clamp_min(Scalars.One));
        return normalize ? nn.functional.normalize(pooled, 2, 1, Smallest) : pooled;
    }

    /// <summary>What the head gives for texts that a decoder reads, [N, M, vocabulary], given what the encoder has made of
    /// others.</summary>
    /// <param name="source">What <see cref="SequenceNetwork{TInput}.ForwardHidden"/> gave, [N, L, D]; it stays the caller's.</param>
    /// <param name="inputs">The texts it belongs to, with <see cref="TokenInput.DecoderIds"/>.</param>
    /// <exception cref="NotSupportedException">The network has no decoder.</exception>
    public virtual Tensor ForwardDecoder(Tensor source, TokenInput inputs)
        => throw new NotSupportedException($"{GetName()} has no decoder that reads what an encoder gave.");

    /// <summary>Refuses a tokenizer that has more tokens than there are rows for them.</summary>
    /// <exception cref="InvalidDataException">It has.</exception>
    internal void RequireVocabulary(TextTokenizer tokenizer, string folder)
    {
        long rows = this.State().First(entry => entry.Key == WordEmbeddingName).Value.size(0);
        if (tokenizer.VocabularySize > rows)
        {
            throw new InvalidDataException(
                $"The tokenizer in '{folder}' has {tokenizer.VocabularySize} tokens, and '{WordEmbeddingName}' of the network "
                    + $"('{Config.Source}') has {rows} rows. Tokenizer and weights belong to different models: get both from one place.");
        }
    }
}
