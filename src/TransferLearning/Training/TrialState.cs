namespace TransferLearning;

/// <summary>All that steps of training change, put back on disposal: weights, statistics, modes, what is trained, LibTorch's random
/// generator.</summary>
internal sealed class TrialState : IDisposable
{
    private readonly WeightSnapshot _weights;
    private readonly Tensor _generator = get_rng_state().DetachFromDisposeScope();
    private readonly (nn.Module Module, bool IsTraining)[] _modes;
    private readonly (TorchSharp.Modules.Parameter Parameter, bool IsTrained)[] _trained;

    /// <summary>Remembers a network as it is.</summary>
    public TrialState(nn.Module network)
    {
        _weights = new WeightSnapshot(network);
        _modes = [.. network.modules().Prepend(network).Select(module => (module, module.training))];
        _trained = [.. network.parameters().Select(parameter => (parameter, parameter.requires_grad))];
    }

    public void Dispose()
    {
        _weights.Restore();
        _weights.Dispose();
        foreach ((TorchSharp.Modules.Parameter parameter, bool isTrained) in _trained)
        {
            parameter.requires_grad = isTrained;
        }

        // train and eval reach every module below, so each is set after those above it.
        foreach ((nn.Module module, bool isTraining) in _modes)
        {
            if (module.training != isTraining)
            {
                module.train(isTraining);
            }
        }

        set_rng_state(_generator);
        _generator.Dispose();
    }
}
