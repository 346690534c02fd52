using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Layer normalisation over the last axis (Ba, Kiros and Hinton, 2016) with PyTorch's names; weights allocated but not filled.</summary>
internal sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly long[] _shape;
    private readonly double _epsilon;

    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter _bias;

    public LayerNorm(long width, double epsilon = 1e-5)
        : base(nameof(LayerNorm))
    {
        (_shape, _epsilon) = ([width], epsilon);
        _weight = new Parameter(empty(width));
        _bias = new Parameter(empty(width));
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public Parameter Bias => _bias;

    public override Tensor forward(Tensor input) => nn.functional.layer_norm(input, _shape, _weight, _bias, _epsilon);
}
