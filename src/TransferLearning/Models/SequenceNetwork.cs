namespace TransferLearning;

/// <summary>A network that turns an example into a row of vectors, one for each token or frame: a backbone with hidden states, and a head.
/// Tensors that the methods return are the caller's to dispose.</summary>
/// <typeparam name="TInput">What it takes.</typeparam>
/// <remarks>A subclass is sealed; see <see cref="ConfigNetwork"/> for what it does.</remarks>
public abstract class SequenceNetwork<TInput> : ConfigNetwork where TInput : ModelInput
{
    /// <summary>Makes a network.</summary>
    /// <param name="name">The architecture's name.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="head">Its head.</param>
    protected SequenceNetwork(string name, ModelConfig config, HeadSpec head) : base(name, config, head) { }

    /// <summary>The last hidden state, [N, L, <see cref="Network.FeatureCount"/>]; an encoder-decoder's is the encoder's.</summary>
    /// <param name="inputs">The examples; they stay the caller's.</param>
    public abstract Tensor ForwardHidden(TInput inputs);

    /// <summary>
    /// One vector for each example, [N, <see cref="Network.FeatureCount"/>], as the head that classifies examples sees it.
    /// </summary>
    /// <param name="hidden">The last hidden state, [N, L, D]; it stays the caller's.</param>
    /// <param name="inputs">The examples it belongs to.</param>
    public abstract Tensor Pool(Tensor hidden, TInput inputs);

    /// <inheritdoc/>
    public sealed override Tensor ForwardFeatures(ModelInput input)
        => input is TInput inputs
            ? HeadFeatures(inputs)
            : throw new ArgumentException(
                $"{GetName()} takes {typeof(TInput).Name}, not {input?.GetType().Name ?? "null"}.", nameof(input));

    /// <inheritdoc/>
    public override Tensor ForwardPooled(ModelInput input)
    {
        if (input is not TInput inputs)
        {
            return ForwardFeatures(input);
        }

        using Tensor hidden = ForwardAll(inputs);
        return Pool(hidden, inputs);
    }

    /// <summary>
    /// What enters the head. Default: <see cref="Pool"/>'s vectors where it gives one for each example, else the last hidden state.
    /// </summary>
    /// <param name="input">The examples; they stay the caller's.</param>
    protected virtual Tensor HeadFeatures(TInput input)
        => FeaturesOf(HeadKind == HeadKind.Pooled ? ForwardAll(input) : ForwardHidden(input), input);

    /// <summary>The last hidden state that <see cref="Pool"/> sees: with those of an adapter's prompt, where it stands before the
    /// tokens'.</summary>
    private protected virtual Tensor ForwardAll(TInput inputs) => ForwardHidden(inputs);

    /// <summary>What enters the head, of the last hidden state, which is disposed where it is not that itself.</summary>
    private protected Tensor FeaturesOf(Tensor hidden, TInput input)
    {
        if (HeadKind != HeadKind.Pooled)
        {
            return hidden;
        }

        using (hidden)
        {
            return Pool(hidden, input);
        }
    }
}
