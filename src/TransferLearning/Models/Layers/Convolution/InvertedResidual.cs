namespace TransferLearning.Layers;

/// <summary>The mobile networks' block (Sandler et al., 2018): a branch that widens, filters each channel by itself and narrows again, and
/// its input added where the shapes agree.</summary>
internal sealed class InvertedResidual : nn.Module<Tensor, Tensor>
{
    private readonly bool _addsInput;

    // A tuple, because a module that is a field is registered under the field's name too.
    private readonly (Sequential Branch, StochasticDepth? Drop) _parts;

    // branchName is the branch's name in the checkpoint; without dropProbability the block has no stochastic depth.
    public InvertedResidual(string branchName, Sequential branch, bool addsInput, double? dropProbability = null)
        : base(nameof(InvertedResidual))
    {
        _addsInput = addsInput;
        _parts = (branch, dropProbability is double probability ? new StochasticDepth(probability) : null);
        register_module(branchName, branch);
        if (_parts.Drop is not null)
        {
            register_module("stochastic_depth", _parts.Drop);
        }
    }

    public override Tensor forward(Tensor input)
    {
        if (!_addsInput)
        {
            return _parts.Branch.call(input);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor x = _parts.Branch.call(input);
        x = _parts.Drop?.call(x) ?? x;
        return x.AddInPlace(input).MoveToOuterDisposeScope();
    }
}
