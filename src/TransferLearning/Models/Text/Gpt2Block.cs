using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>One layer of GPT-2: masked self-attention and two dense layers, each after a norm and beside a path that leaves the input as it is.</summary>
internal sealed class Gpt2Block : nn.Module
{
    [ComponentName(Name = "ln_1")]
    private readonly LayerNorm _firstNorm;

    [ComponentName(Name = "attn")]
    private readonly Attention _attention;

    [ComponentName(Name = "ln_2")]
    private readonly LayerNorm _secondNorm;

    [ComponentName(Name = "mlp")]
    private readonly Dense _dense;

    /// <summary>Makes a layer.</summary>
    /// <param name="width">How many numbers a token has.</param>
    /// <param name="hidden">How many the dense layers have between them.</param>
    /// <param name="heads">How many attention heads.</param>
    /// <param name="epsilon">Of the norms.</param>
    /// <param name="activation">Between the dense layers.</param>
    /// <param name="attentionDropout">Of attention weights.</param>
    /// <param name="dropout">Of what is added to the input.</param>
    public Gpt2Block(
        long width, long hidden, long heads, double epsilon, Func<Tensor, Tensor> activation, double attentionDropout, double dropout)
        : base(nameof(Gpt2Block))
    {
        _firstNorm = new LayerNorm(width, epsilon);
        _attention = new Attention(width, heads, attentionDropout, dropout);
        _secondNorm = new LayerNorm(width, epsilon);
        _dense = new Dense(width, hidden, activation, dropout);
        RegisterComponents();
    }

    /// <summary>[N, L, D] to [N, L, D].</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="mask">Added to the scores, from <see cref="AttentionMask.Causal"/>; null for no mask but the causal one.</param>
    /// <param name="cache">What came before, which the tokens join; null for none.</param>
    public Tensor Forward(Tensor input, Tensor? mask, AttentionCache? cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input.add(_attention.Forward(_firstNorm.call(input), mask, cache));
        return x.add(_dense.call(_secondNorm.call(x))).MoveToOuterDisposeScope();
    }

    private sealed class Attention : nn.Module
    {
        private readonly long _heads;

        [ComponentName(Name = "c_attn")]
        private readonly TransposedLinear _inputs;

        [ComponentName(Name = "c_proj")]
        private readonly TransposedLinear _output;

        [ComponentName(Name = "attn_dropout")]
        private readonly Dropout _weightDropout;

        [ComponentName(Name = "resid_dropout")]
        private readonly Dropout _dropout;

        public Attention(long width, long heads, double weightDropout, double dropout)
            : base(nameof(Attention))
        {
            _heads = heads;
            _inputs = new TransposedLinear(width, 3 * width);
            _output = new TransposedLinear(width, width);
            (_weightDropout, _dropout) = (new Dropout(weightDropout), new Dropout(dropout));
            RegisterComponents();
        }

        public Tensor Forward(Tensor input, Tensor? mask, AttentionCache? cache)
        {
            (long samples, long length, long width) = (input.size(0), input.size(1), input.size(2));
            Tensor[] parts = _inputs.call(input).view(samples, length, 3 * _heads, width / _heads).transpose(1, 2).chunk(3, 1);
            (Tensor keys, Tensor values) = cache is null ? (parts[1], parts[2]) : cache.Append(parts[1], parts[2]);
            bool causal = mask is null && length > 1;
            Tensor x = DotProductAttention.Run(parts[0], keys, values, mask, _weightDropout, causal); // [N, heads, L, D/heads]
            return _dropout.call(_output.call(x.transpose(1, 2).reshape(samples, length, width)));
        }
    }

    private sealed class Dense : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, Tensor> _activation;

        [ComponentName(Name = "c_fc")]
        private readonly TransposedLinear _first;

        [ComponentName(Name = "c_proj")]
        private readonly TransposedLinear _second;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public Dense(long width, long hidden, Func<Tensor, Tensor> activation, double dropout)
            : base(nameof(Dense))
        {
            _activation = activation;
            _first = new TransposedLinear(width, hidden);
            _second = new TransposedLinear(hidden, width);
            _dropout = new Dropout(dropout);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return _dropout.call(_second.call(_activation(_first.call(input)))).MoveToOuterDisposeScope();
        }
    }
}
