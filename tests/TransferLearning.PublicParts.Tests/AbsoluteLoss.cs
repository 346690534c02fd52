using TorchSharp;
using static TorchSharp.torch;

namespace PublicParts.Tests;

/// <summary>A loss of one's own: the mean absolute difference of probabilities and classes as zeros and ones.</summary>
/// <param name="Scale">What the loss is multiplied by.</param>
internal sealed record AbsoluteLoss(double Scale) : LossFunction
{
    public override Tensor Compute(Tensor outputs, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor truth = nn.functional.one_hot(targets, outputs.size(1)).to(ScalarType.Float32);
        return outputs.softmax(1).sub(truth).abs().mean().mul(Scale).MoveToOuterDisposeScope();
    }
}
