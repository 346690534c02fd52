using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>A copy of what training changes, to go back to. It owns the copies.</summary>
internal sealed class WeightSnapshot : IDisposable
{
    private readonly List<(Tensor Target, Tensor Copy)> _pairs = [];

    /// <summary>Copies the state of a network: all buffers and the parameters that are trained.</summary>
    public WeightSnapshot(nn.Module network)
    {
        foreach ((_, Tensor tensor) in ModuleState.Of(network))
        {
            if (tensor is not TorchSharp.Modules.Parameter { requires_grad: false })
            {
                using Tensor detached = tensor.detach();
                _pairs.Add((tensor, detached.clone().DetachFromDisposeScope()));
            }
        }
    }

    /// <summary>Takes the state anew, into the memory there is.</summary>
    public void Update()
    {
        using IDisposable guard = no_grad();
        foreach ((Tensor target, Tensor copy) in _pairs)
        {
            copy.copy_(target);
        }
    }

    /// <summary>Writes the copies back.</summary>
    public void Restore()
    {
        using IDisposable guard = no_grad();
        foreach ((Tensor target, Tensor copy) in _pairs)
        {
            target.copy_(copy);
        }
    }

    public void Dispose() => _pairs.ForEach(pair => pair.Copy.Dispose());
}
