namespace TransferLearning;

/// <summary>
/// A speech network: a backbone that turns sounds into a row of hidden states, and a head. Tensors that the methods return are the caller's
/// to dispose.
/// </summary>
/// <remarks>A subclass is sealed; see <see cref="ConfigNetwork"/> for what it does.</remarks>
public abstract class SpeechNetwork : SequenceNetwork<AudioInput>
{
    /// <summary>Makes a network.</summary>
    /// <param name="name">The architecture's name.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="head">Its head.</param>
    protected SpeechNetwork(string name, ModelConfig config, HeadSpec head) : base(name, config, head) { }

    /// <summary>The sample rate that the sounds must have, in samples a second. Default: 16,000.</summary>
    public virtual int SampleRate => 16_000;

    /// <summary>Whether the network reads frames of a front end, [N, bands, frames], and not samples, [N, T].</summary>
    public bool ReadsFrames => Bands is not null;

    /// <summary>How many bands each frame that it reads has; null for a network that reads samples. Default: null.</summary>
    public virtual int? Bands => null;

    /// <summary>How many frames it reads of each sound, where it reads no other number: shorter sounds are padded. Default: null.</summary>
    public virtual int? FrameCount => null;

    /// <summary>The fewest samples or frames that give a hidden state. Default: 1.</summary>
    public virtual int MinimumLength => 1;

    /// <summary>The last hidden state, [N, L, <see cref="Network.FeatureCount"/>]; an encoder-decoder's is the encoder's.</summary>
    /// <param name="inputs">The sounds; they stay the caller's.</param>
    /// <exception cref="ArgumentException">They are not of the form that the network reads, or too short.</exception>
    public sealed override Tensor ForwardHidden(AudioInput inputs)
    {
        RequireForm(inputs);
        return Encode(inputs);
    }

    /// <summary>
    /// How many of the hidden states of each sound are no padding, int64 [N]; null for all of them. The caller disposes it.
    /// </summary>
    /// <param name="input">The sounds; they stay the caller's.</param>
    public abstract Tensor? FrameLengths(AudioInput input);

    /// <summary>
    /// One vector for each sound, [N, <see cref="Network.FeatureCount"/>]. Default: the mean over those that are no padding.
    /// </summary>
    /// <param name="hidden">The last hidden state, [N, L, D]; it stays the caller's.</param>
    /// <param name="inputs">The sounds it belongs to.</param>
    public override Tensor Pool(Tensor hidden, AudioInput inputs)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using DisposeScope scope = NewDisposeScope();
        return (FrameLengths(inputs) is { } lengths ? Mean(hidden, lengths) : hidden.mean([1])).MoveToOuterDisposeScope();
    }

    /// <summary>The last hidden state of sounds whose form has been checked; see <see cref="ForwardHidden"/>.</summary>
    /// <param name="input">The sounds; they stay the caller's.</param>
    protected abstract Tensor Encode(AudioInput input);

    /// <summary>Which positions come before an end: bool [N, <paramref name="count"/>]. The caller disposes it.</summary>
    /// <param name="lengths">int64 [N].</param>
    /// <param name="count">How many positions there are.</param>
    internal static Tensor IsReal(Tensor lengths, long count)
    {
        using DisposeScope scope = NewDisposeScope();
        return Scalars.Range(0, count, ScalarType.Int64, lengths.device).unsqueeze(0).lt(lengths.unsqueeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The name of the weights of the layers in a classifier that takes a mean of all their hidden states.</summary>
    private protected const string LayerWeightsName = "layer_weights";

    /// <summary>Whether the configuration asks for such a mean.</summary>
    private protected bool HasLayerWeights => Config.Flag("use_weighted_layer_sum");

    /// <summary>Gives the network weights for its layers, at first all equal, where the configuration asks for them.</summary>
    private protected void AddLayerWeights(int layers)
    {
        if (HasLayerWeights)
        {
            register_parameter(LayerWeightsName, new Parameter(Scalars.Full([layers + 1], 1.0 / (layers + 1), ScalarType.Float32)));
        }
    }

    /// <summary>The last hidden state or, for a classifier with weights for its layers, the weighted mean of all hidden states.</summary>
    /// <param name="run">Gives the last hidden state, and to what it is given what enters the first layer and what each layer
    /// gives.</param>
    private protected Tensor MixLayers(Func<Action<Tensor>?, Tensor> run)
    {
        if (HeadKind != HeadKind.Pooled || !HasLayerWeights)
        {
            return run(null);
        }

        using DisposeScope scope = NewDisposeScope();
        List<Tensor> states = [];
        try
        {
            Tensor last = run(state => states.Add(state.alias().DetachFromDisposeScope()));
            Tensor weights = get_parameter(LayerWeightsName)!.softmax(-1).view(-1, 1, 1, 1);
            return stack([.. states[..^1], last], 0).mul(weights).sum([0]).MoveToOuterDisposeScope();
        }
        finally
        {
            states.ForEach(state => state.Dispose());
        }
    }

    /// <summary>The classifier of Hugging Face's speech networks: a narrower layer and the one that gives the outputs.</summary>
    private protected IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> ClassificationHead(int outputs)
    {
        int width = Config.Size("classifier_proj_size", 256);
        return [("projector", new Linear(FeatureCount, width)), ("classifier", new Linear(width, outputs))];
    }

    private static Tensor Mean(Tensor hidden, Tensor lengths)
    {
        Tensor real = IsReal(lengths, hidden.size(1)).to(hidden.dtype).unsqueeze(-1); // [N, L, 1]
        return hidden.mul(real).sum(1).div(real.sum(1).clamp_min(Scalars.One));
    }

    private void RequireForm(AudioInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Tensor values = input.Values;
        string expected = Bands is { } bands ? $"[N, {bands} bands, {FrameCount?.ToString() ?? "frames"}]" : "[N, samples]";
        if (values.dim() != (ReadsFrames ? 3 : 2)
            || (ReadsFrames && values.size(1) != Bands)
            || (FrameCount is { } frames && values.size(2) != frames))
        {
            throw new ArgumentException(
                $"{GetName()} reads {expected}; these sounds have the shape [{string.Join(", ", values.shape)}]. Prepare them with the "
                    + "preprocessor that belongs to the model.", nameof(input));
        }

        if (values.size(-1) < MinimumLength)
        {
            throw new ArgumentException(
                $"{GetName()} needs at least {MinimumLength} {(ReadsFrames ? "frames" : "samples")}, and these sounds have "
                    + $"{values.size(-1)}: pad them with zeros.", nameof(input));
        }
    }
}
