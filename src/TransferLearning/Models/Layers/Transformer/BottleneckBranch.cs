namespace TransferLearning.Layers;

/// <summary>Small networks after the parts of a block: up(function(down(z))), added to what it was made of (Houlsby et al., 2019; Pfeiffer
/// et al., 2020).</summary>
internal sealed class BottleneckBranch : BlockBranch
{
    /// <summary>The names under which a block registers them.</summary>
    public const string AttentionName = "attention_adapter";

    public const string OutputName = "output_adapter";

    private readonly bool _seesSum;
    private readonly Bottleneck? _attention;
    private readonly Bottleneck _output;

    /// <summary>Makes the networks, allocated but not filled.</summary>
    /// <param name="width">How many elements a token has.</param>
    /// <param name="inner">How many it has between down and up.</param>
    /// <param name="function">The function between them.</param>
    /// <param name="isAfterAttention">Whether there is one after attention too.</param>
    /// <param name="seesSum">Whether they take the sum with what entered the part, normalised where a norm follows it, and not the part's
    /// outputs alone.</param>
    public BottleneckBranch(long width, long inner, Func<Tensor, Tensor> function, bool isAfterAttention, bool seesSum)
    {
        _seesSum = seesSum;
        _attention = isAfterAttention ? new Bottleneck(width, inner, function) : null;
        _output = new Bottleneck(width, inner, function);
    }

    public override IReadOnlyList<(string Name, nn.Module Module)> Modules
        => [.. _attention is null ? [] : new[] { (AttentionName, (nn.Module)_attention) }, (OutputName, _output)];

    /// <summary>Down as N(0, 0.02), up zero: at first nothing is added.</summary>
    public override void Initialize(Generator generator)
    {
        _attention?.Initialize(generator);
        _output.Initialize(generator);
    }

    public override Tensor After(LayerPart part, Tensor output, Tensor input, nn.Module<Tensor, Tensor>? norm)
    {
        if ((part == LayerPart.Norm ? _attention : _output) is not { } network)
        {
            return output;
        }

        Tensor seen = output;
        if (_seesSum)
        {
            seen = output.Add(input);
            seen = norm?.call(seen) ?? seen;
        }

        return output.Add(network.call(seen));
    }

    private sealed class Bottleneck : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, Tensor> _function;

        [ComponentName(Name = "down")]
        private readonly Linear _down;

        [ComponentName(Name = "up")]
        private readonly Linear _up;

        public Bottleneck(long width, long inner, Func<Tensor, Tensor> function) : base(nameof(Bottleneck))
        {
            (_function, _down, _up) = (function, new Linear(width, inner), new Linear(inner, width));
            RegisterComponents();
        }

        public void Initialize(Generator generator)
        {
            LayerInitializers.Normal(_down, 0.02, generator);
            LayerInitializers.Constant(_up, 0);
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return _up.call(_function(_down.call(input))).MoveToOuterDisposeScope();
        }
    }
}
