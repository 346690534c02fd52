using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>A fully connected layer whose weight is stored [inputs, outputs], as GPT-2's checkpoints have it; allocated but not filled.</summary>
internal sealed class TransposedLinear : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;

    public TransposedLinear(long inputs, long outputs)
        : base(nameof(TransposedLinear))
    {
        _weight = new Parameter(empty(inputs, outputs));
        _bias = new Parameter(empty(outputs));
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public Parameter Bias => _bias;

    public override Tensor forward(Tensor input)
    {
        using Tensor weight = _weight.t();
        return nn.functional.linear(input, weight, _bias);
    }
}
