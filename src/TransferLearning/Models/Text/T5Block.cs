using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>One layer of T5's encoder or decoder: parts with a norm before each and a path beside each that leaves the input as it is.</summary>
internal sealed class T5Block : nn.Module
{
    [ComponentName(Name = "layer")]
    private readonly ModuleList<nn.Module> _layer;

    /// <summary>Makes a layer.</summary>
    /// <param name="config">The numbers of the architecture.</param>
    /// <param name="decoder">Whether it attends to what was read.</param>
    /// <param name="isFirst">Whether it holds the numbers for distances.</param>
    public T5Block(TextConfig config, bool decoder, bool isFirst)
        : base(nameof(T5Block))
    {
        OwnPart own = new(config, isFirst);
        DensePart dense = new(config);
        _layer = new ModuleList<nn.Module>(decoder ? [own, new ReadPart(config), dense] : [own, dense]);
        RegisterComponents();
    }

    public Embedding? Distances => Own.Attention.Distances;

    private OwnPart Own => (OwnPart)_layer[0];

    private ReadPart? Read => _layer.Count > 2 ? (ReadPart)_layer[1] : null;

    private DensePart Dense => (DensePart)_layer[_layer.Count - 1];

    /// <summary>[N, L, D] to [N, L, D].</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="scores">Added to the scores of attention to itself.</param>
    /// <param name="source">What the encoder gave, for a decoder.</param>
    /// <param name="sourceMask">Added to the scores of attention to it; null for none.</param>
    /// <param name="own">What came before; null for nothing.</param>
    /// <param name="read">Keys and values of the source; null to work them out.</param>
    public Tensor Forward(Tensor input, Tensor scores, Tensor? source, Tensor? sourceMask, AttentionCache? own, AttentionCache? read)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input.add(Own.Dropout.call(Own.Attention.ToItself(Own.Norm.call(input), scores, own)));
        if (Read is not null)
        {
            x = x.add(Read.Dropout.call(Read.Attention.ToSource(Read.Norm.call(x), source!, sourceMask, read)));
        }

        return x.add(Dense.Dropout.call(Dense.Layers.call(Dense.Norm.call(x)))).MoveToOuterDisposeScope();
    }

    private sealed class OwnPart : nn.Module
    {
        [ComponentName(Name = "SelfAttention")]
        private readonly T5Attention _attention;

        [ComponentName(Name = "layer_norm")]
        private readonly RmsNorm _norm;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public OwnPart(TextConfig config, bool hasDistances)
            : base(nameof(OwnPart))
        {
            _attention = new T5Attention(config, hasDistances);
            _norm = new RmsNorm(config.Size("d_model"), config.Number("layer_norm_epsilon", 1e-6));
            _dropout = new Dropout(config.Probability("dropout_rate", 0.1));
            RegisterComponents();
        }

        public T5Attention Attention => _attention;

        public RmsNorm Norm => _norm;

        public Dropout Dropout => _dropout;
    }

    private sealed class ReadPart : nn.Module
    {
        [ComponentName(Name = "EncDecAttention")]
        private readonly T5Attention _attention;

        [ComponentName(Name = "layer_norm")]
        private readonly RmsNorm _norm;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public ReadPart(TextConfig config)
            : base(nameof(ReadPart))
        {
            _attention = new T5Attention(config, hasDistances: false);
            _norm = new RmsNorm(config.Size("d_model"), config.Number("layer_norm_epsilon", 1e-6));
            _dropout = new Dropout(config.Probability("dropout_rate", 0.1));
            RegisterComponents();
        }

        public T5Attention Attention => _attention;

        public RmsNorm Norm => _norm;

        public Dropout Dropout => _dropout;
    }

    private sealed class DensePart : nn.Module
    {
        [ComponentName(Name = "DenseReluDense")]
        private readonly T5Dense _layers;

        [ComponentName(Name = "layer_norm")]
        private readonly RmsNorm _norm;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public DensePart(TextConfig config)
            : base(nameof(DensePart))
        {
            _layers = new T5Dense(config);
            _norm = new RmsNorm(config.Size("d_model"), config.Number("layer_norm_epsilon", 1e-6));
            _dropout = new Dropout(config.Probability("dropout_rate", 0.1));
            RegisterComponents();
        }

        public T5Dense Layers => _layers;

        public RmsNorm Norm => _norm;

        public Dropout Dropout => _dropout;
    }
}
