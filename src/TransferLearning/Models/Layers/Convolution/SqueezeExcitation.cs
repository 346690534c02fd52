namespace TransferLearning.Layers;

/// <summary>Squeeze and excitation (Hu et al., 2017) with torchvision's names: each channel is scaled by a gate that two small layers
/// compute from the means of all channels.</summary>
internal sealed class SqueezeExcitation : nn.Module<Tensor, Tensor>
{
    private readonly PointwiseFunction _activate;
    private readonly Func<Tensor, Tensor> _gate;

    [ComponentName(Name = "fc1")]
    private readonly Conv2d _squeeze;

    [ComponentName(Name = "fc2")]
    private readonly Conv2d _excite;

    // Defaults: ReLU between the two layers, a sigmoid as the gate.
    public SqueezeExcitation(long channels, long squeezed, PointwiseFunction? activate = null, Func<Tensor, Tensor>? gate = null)
        : base(nameof(SqueezeExcitation))
    {
        _activate = activate ?? PointwiseFunction.Relu;
        _gate = gate ?? (x => x.sigmoid_());
        _squeeze = new Conv2d(channels, squeezed, 1, bias: true);
        _excite = new Conv2d(squeezed, channels, 1, bias: true);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ConvNorm.Run(_squeeze, null, input.mean([2, 3], keepdim: true), _activate); // [N, squeezed, 1, 1]
        return input.mul(_gate(_excite.call(x))).MoveToOuterDisposeScope(); // [N, C, H, W]
    }
}
