using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>One layer of T5's encoder or decoder: parts with a norm before each and a path beside each that leaves the input as it is.</summary>
internal sealed class T5Block : nn.Module
{
    [ComponentName(Name = "layer")]
    private readonly TorchSharp.Modules.ModuleList<nn.Module> _layer;

    /// <summary>Makes a layer.</summary>
    /// <param name="config">The numbers of the architecture.</param>
    /// <param name="decoder">Whether it attends to what was read.</param>
    /// <param name="isFirst">Whether it holds the numbers for distances.</param>
    public T5Block(ModelConfig config, bool decoder, bool isFirst)
        : base(nameof(T5Block))
    {
        Part<T5Attention> own = new(config, "SelfAttention", new T5Attention(config, isFirst));
        Part<T5Dense> dense = new(config, "DenseReluDense", new T5Dense(config));
        _layer = new TorchSharp.Modules.ModuleList<nn.Module>(
            decoder ? [own, new Part<T5Attention>(config, "EncDecAttention", new T5Attention(config, hasDistances: false)), dense] : [own, dense]);
        RegisterComponents();
    }

    public Embedding? Distances => Own.Body.Distances;

    private Part<T5Attention> Own => (Part<T5Attention>)_layer[0];

    private Part<T5Attention>? Read => _layer.Count > 2 ? (Part<T5Attention>)_layer[1] : null;

    private Part<T5Dense> Dense => (Part<T5Dense>)_layer[_layer.Count - 1];

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
        Tensor x = Own.Run(input, normed => Own.Body.ToItself(normed, scores, own));
        if (Read is { } reading)
        {
            x = reading.Run(x, normed => reading.Body.ToSource(normed, source!, sourceMask, read));
        }

        return Dense.Run(x, Dense.Body.call).MoveToOuterDisposeScope();
    }

    /// <summary>input + dropout(body(norm(input))), with the body under its published name.</summary>
    private sealed class Part<T> : nn.Module
        where T : nn.Module
    {
        // No field of a module's type, as that would be registered under the field's name.
        private readonly ValueTuple<T> _body;

        [ComponentName(Name = "layer_norm")]
        private readonly RmsNorm _norm;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public Part(ModelConfig config, string name, T body)
            : base(name)
        {
            _body = new ValueTuple<T>(body);
            _norm = new RmsNorm(config.Size("d_model"), config.Number("layer_norm_epsilon", 1e-6));
            _dropout = new Dropout(config.Probability("dropout_rate", 0.1));
            register_module(name, body);
            RegisterComponents();
        }

        public T Body => _body.Item1;

        public Tensor Run(Tensor input, Func<Tensor, Tensor> body) => input.add(_dropout.call(body(_norm.call(input))));
    }
}
