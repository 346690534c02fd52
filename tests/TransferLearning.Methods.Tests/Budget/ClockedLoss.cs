using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Cross entropy that says how large each batch is before it is computed.</summary>
internal sealed record ClockedLoss : LossFunction
{
    private readonly CrossEntropyLoss _inner = new();
    private readonly Action<long> _before;

    public ClockedLoss(Action<long> before) => _before = before;

    public override torch.Tensor Compute(torch.Tensor outputs, torch.Tensor targets)
    {
        _before(outputs.size(0));
        return _inner.Compute(outputs, targets);
    }

    public bool Equals(ClockedLoss? other) => other is not null;

    public override int GetHashCode() => 0;
}
