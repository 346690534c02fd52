namespace TransferLearning;

/// <summary>
/// The network of wav2vec 2.0 and HuBERT without its head; names are Hugging Face's. No module itself, because a module that is a field of
/// one is registered under the field's name too.
/// </summary>
internal sealed class Wav2Vec2Backbone
{
    public const string MaskName = "masked_spec_embed";

    private readonly List<ConvolutionLayer> _convolutions = [];
    private readonly (int[] Kernels, int[] Strides) _sizes;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly SpecAugmentMasks _augment;
    private readonly LayerNorm? _projectionNorm;
    private readonly Linear _projection;
    private readonly Dropout _projectionDropout;
    private readonly PositionConvolution _positions;
    private readonly LayerNorm _norm;
    private readonly Dropout _dropout;

    public Wav2Vec2Backbone(ModelConfig config)
    {
        Width = config.Size("hidden_size", 768);
        NormsFirst = config.Flag("do_stable_layer_norm");
        double epsilon = config.Number("layer_norm_eps", 1e-5);
        double dropout = config.Probability("hidden_dropout", 0.1);
        _augment = new SpecAugmentMasks(config, applies: true);
        if (_augment.HasMasks)
        {
            Tree.register_parameter(MaskName, new Parameter(empty(Width)));
        }

        _activation = ActivationFunctions.Named(config.Text("feat_extract_activation", "gelu"));
        int[] channels = Sizes(config, "conv_dim", [512, 512, 512, 512, 512, 512, 512]);
        _sizes = (Sizes(config, "conv_kernel", [10, 3, 3, 3, 3, 2, 2]), Sizes(config, "conv_stride", [5, 2, 2, 2, 2, 2, 2]));
        if (channels.Length != _sizes.Kernels.Length || channels.Length != _sizes.Strides.Length)
        {
            throw new InvalidDataException(
                $"'{config.Source}': conv_dim, conv_kernel and conv_stride have {channels.Length}, {_sizes.Kernels.Length} and "
                    + $"{_sizes.Strides.Length} numbers; expected one for each convolution in each of them.");
        }

        AddConvolutions(config, channels);
        _projectionNorm = config.Flag("feat_proj_layer_norm", true)
            ? Tree.Put("feature_projection.layer_norm", new LayerNorm(channels[^1], epsilon))
            : null;
        _projection = Tree.Put("feature_projection.projection", new Linear(channels[^1], Width));
        _projectionDropout = Tree.Put("feature_projection.dropout", new Dropout(config.Probability("feat_proj_dropout", 0)));
        _positions = Tree.Put(
            "encoder.pos_conv_embed.conv",
            new PositionConvolution(
                Width, config.Size("num_conv_pos_embeddings", 128, 1 << 16), config.Heads("num_conv_pos_embedding_groups", Width, 16)));
        _norm = Tree.Put("encoder.layer_norm", new LayerNorm(Width, epsilon));
        _dropout = Tree.Put("encoder.dropout", new Dropout(dropout));
        Layers = new TransformerStack(Tree, "encoder.layers", config.Size("num_hidden_layers", 12, 1000), new TransformerLayerOptions
        {
            Names =
            [
                (LayerPart.Key, "attention.k_proj"),
                (LayerPart.Value, "attention.v_proj"),
                (LayerPart.Query, "attention.q_proj"),
                (LayerPart.Output, "attention.out_proj"),
                (LayerPart.Norm, "layer_norm"),
                (LayerPart.First, "feed_forward.intermediate_dense"),
                (LayerPart.Second, "feed_forward.output_dense"),
                (LayerPart.LastNorm, "final_layer_norm"),
            ],
            Width = Width,
            Inner = config.Size("intermediate_size", 3072),
            Heads = config.Heads("num_attention_heads", Width, 12),
            Activation = ActivationFunctions.Named(config.Text("hidden_act", "gelu")),
            Norm = () => new LayerNorm(Width, epsilon),
            NormsFirst = NormsFirst,
            WeightDropout = config.Probability("attention_dropout", 0.1),
            AttentionDropout = dropout,
            InnerDropout = config.Probability("activation_dropout", 0.1),
            Dropout = dropout,
        })
        {
            LayerDrop = config.Probability("layerdrop", 0.1),
        };
    }

    public ModuleTree Tree { get; } = new(nameof(Wav2Vec2Backbone));

    public int Width { get; }

    /// <summary>Whether norms come before attention and feed-forward network, and the last norm after the layers.</summary>
    public bool NormsFirst { get; }

    public TransformerStack Layers { get; }

    /// <summary>The vector of masked frames, or null.</summary>
    public Parameter? Mask => _augment.HasMasks ? Tree.get_parameter(MaskName) : null;

    /// <summary>How many samples the first frame sees.</summary>
    public int Window
    {
        get
        {
            long window = 1;
            for (int i = _sizes.Kernels.Length - 1; i >= 0; i--)
            {
                window = Math.Min(int.MaxValue, ((window - 1) * _sizes.Strides[i]) + _sizes.Kernels[i]);
            }

            return (int)window;
        }
    }

    /// <summary>How many frames so many samples give, int64, in the caller's dispose scope.</summary>
    public Tensor Frames(Tensor samples)
    {
        Tensor frames = samples;
        for (int i = 0; i < _sizes.Kernels.Length; i++)
        {
            using Scalar stride = _sizes.Strides[i].ToScalar();
            frames = frames.Subtract((long)_sizes.Kernels[i]).floor_divide(stride).Add(1L).ClampMin(0);
        }

        return frames;
    }

    public Tensor Convolve(Tensor samples)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = samples.unsqueeze(1);
        foreach (ConvolutionLayer layer in _convolutions)
        {
            x = TrainingPass.Run(layer, x);
        }

        return x.transpose(1, 2).MoveToOuterDisposeScope();
    }

    public Tensor Run(Tensor samples, Tensor? lengths, Action<Tensor>? observe)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Convolve(samples);
        x = _projectionDropout.call(_projection.call(_projectionNorm?.call(x) ?? x));
        long[] frames = Lengths(x, lengths);
        x = Tree.training ? Masked(x, frames) : x;
        using Tensor? real = frames.Any(count => count < x.size(1)) ? SpeechNetwork.IsReal(lengths!, x.size(1)) : null;
        x = real is null ? x : x.mul(real.to(x.dtype).unsqueeze(-1)); // so that positions do not see padding
        x = x.Add(_activation(_positions.call(x)));
        x = _dropout.call(NormsFirst ? x : _norm.call(x));
        observe?.Invoke(x);
        x = Layers.Run(x, AttentionMask.Padding(real, x.dtype), observe: observe);
        return (NormsFirst ? _norm.call(x) : x).MoveToOuterDisposeScope();
    }

    private static long[] Lengths(Tensor frames, Tensor? lengths)
    {
        if (lengths is null)
        {
            return [.. Enumerable.Repeat(frames.size(1), (int)frames.size(0))];
        }

        using Tensor there = lengths.cpu();
        return [.. there.data<long>()];
    }

    private Tensor Masked(Tensor x, long[] frames)
    {
        Tensor? hidden = _augment.Frames(frames, x.size(1), x.device);
        x = hidden is null ? x : where(hidden.unsqueeze(-1), Mask!.to(x.dtype), x);
        Tensor? features = _augment.Features(x.size(0), x.size(2), x.device);
        return features is null ? x : x.MaskedFill(features.unsqueeze(1), 0L);
    }

    private void AddConvolutions(ModelConfig config, int[] channels)
    {
        string norms = config.Text("feat_extract_norm", "group");
        if (norms is not ("group" or "layer"))
        {
            throw new InvalidDataException($"'{config.Source}': feat_extract_norm is '{norms}'; expected 'group' or 'layer'.");
        }

        bool hasBias = config.Flag("conv_bias");
        for (int i = 0; i < channels.Length; i++)
        {
            Conv1d convolution = new(i == 0 ? 1 : channels[i - 1], channels[i], _sizes.Kernels[i], _sizes.Strides[i], bias: hasBias);
            nn.Module<Tensor, Tensor>? norm = norms == "layer" ? new LayerNorm(channels[i])
                : i == 0 ? new GroupNorm(channels[i], channels[i]) : null;
            ConvolutionLayer layer = new(convolution, norm, _activation);
            _convolutions.Add(Tree.Put($"feature_extractor.conv_layers.{i}", layer));
        }
    }

    private static int[] Sizes(ModelConfig config, string key, int[] otherwise)
    {
        int[] sizes = config.Has(key) ? [.. config.Wholes(key)] : otherwise;
        return sizes.Length is > 0 and <= 100 && Array.TrueForAll(sizes, size => size is > 0 and <= 1 << 16)
            ? sizes
            : throw new InvalidDataException(
                $"'{config.Source}': {key} is {string.Join(", ", sizes.Take(10))}; expected up to 100 numbers from 1 to {1 << 16}.");
    }

    /// <summary>A convolution over time, a norm over each channel or each frame, or none, and the function.</summary>
    private sealed class ConvolutionLayer : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, Tensor> _activation;
        private readonly bool _normsFrames;

        [ComponentName(Name = "conv")]
        private readonly Conv1d _convolution;

        [ComponentName(Name = "layer_norm")]
        private readonly nn.Module<Tensor, Tensor>? _norm;

        public ConvolutionLayer(Conv1d convolution, nn.Module<Tensor, Tensor>? norm, Func<Tensor, Tensor> activation)
            : base(nameof(ConvolutionLayer))
        {
            (_convolution, _norm, _activation, _normsFrames) = (convolution, norm, activation, norm is LayerNorm);
            RegisterComponents();
        }

        /// <summary>[N, C, T] to [N, C', T'].</summary>
        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = _convolution.call(input);
            if (_norm is not null)
            {
                x = _normsFrames ? _norm.call(x.transpose(1, 2)).transpose(1, 2) : _norm.call(x);
            }

            return _activation(x).MoveToOuterDisposeScope();
        }
    }
}
