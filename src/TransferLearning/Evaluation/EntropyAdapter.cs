namespace TransferLearning;

/// <summary>The copies of a network's normalisations that <see cref="EntropyAdaptation"/> changes, for one evaluation.</summary>
internal sealed class EntropyAdapter : IDisposable
{
    private readonly EntropyAdaptation _options;
    private readonly Dictionary<nn.Module, (Tensor Weight, Tensor Bias)> _copies = [];
    private readonly List<(Tensor Own, Tensor Copy)> _pairs = [];
    private readonly List<(string Name, Tensor Parameter)> _parameters = [];
    private OptimizerState? _rule;

    /// <param name="network">A network or a part of it; it stays the caller's and is not changed.</param>
    /// <param name="options">How it is adapted.</param>
    public EntropyAdapter(nn.Module network, EntropyAdaptation options)
    {
        _options = options;
        foreach (nn.Module module in network.modules().Append(network).Distinct())
        {
            switch (module)
            {
                case BatchNorm2d norm:
                    Copy(norm, norm.Weight, norm.Bias);
                    break;
                case LayerNorm norm:
                    Copy(norm, norm.Weight, norm.Bias);
                    break;
                case GroupNorm norm:
                    Copy(norm, norm.Weight, norm.Bias);
                    break;
            }
        }
    }

    /// <summary>The copies under numbers: weight and bias of each normalisation in the order of the network. They stay its own.</summary>
    public IReadOnlyList<(string Name, Tensor Parameter)> Parameters => _parameters;

    /// <summary>A pass whose outputs adapt the copies on the way.</summary>
    public ForwardPass Over(ForwardPass pass)
        => new(pass.Network, pass.Device) { Outputs = input => Run(() => pass.Run(input).Outputs) };

    /// <summary>Takes the steps of one batch.</summary>
    /// <param name="forward">Runs the batch through the network and gives logits, [N, classes].</param>
    /// <returns>The logits that are predicted; they join the caller's dispose scope.</returns>
    public Tensor Run(Func<Tensor> forward)
    {
        using NormTap tap = new()
        {
            UsesBatch = true,
            Affine = module => _copies.TryGetValue(module, out (Tensor, Tensor) copy) ? copy : null,
        };
        if (_options.Episodic)
        {
            Reset();
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor? logits = null;
        for (int step = 0; step < _options.Steps; step++)
        {
            logits = Step(forward);
        }

        if (logits is null || _options.Episodic)
        {
            using IDisposable guard = no_grad();
            logits = forward();
        }

        return logits.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _rule?.Dispose();
        foreach ((_, Tensor parameter) in _parameters)
        {
            parameter.Dispose();
        }
    }

    private Tensor Step(Func<Tensor> forward)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable gradients = enable_grad();
        Tensor logits = forward();

        // The network's own weights get no gradient: other threads may use them.
        Tensor[] copies = [.. _parameters.Select(entry => entry.Parameter)];
        IList<Tensor> found = autograd.grad([PredictionEntropy.Each(logits).mean()], copies, allow_unused: true);
        for (int i = 0; i < copies.Length; i++)
        {
            copies[i].grad = found[i];
        }

        _rule ??= _options.Optimizer.CreateState([new ParameterGroup("norms", _parameters)]);
        _rule.Step();
        return logits.detach().MoveToOuterDisposeScope();
    }

    private void Reset()
    {
        using IDisposable guard = no_grad();
        foreach ((Tensor own, Tensor copy) in _pairs)
        {
            copy.copy_(own);
        }

        _rule?.Dispose();
        _rule = null;
    }

    private void Copy(nn.Module module, Tensor weight, Tensor bias)
    {
        (Tensor, Tensor) copies = (Copy(weight), Copy(bias));
        _copies.Add(module, copies);
    }

    private Tensor Copy(Tensor own)
    {
        using Tensor known = own.detach();
        Tensor copy = known.clone().DetachFromDisposeScope().requires_grad_(true);
        _pairs.Add((own, copy));
        _parameters.Add(($"{_parameters.Count}", copy));
        return copy;
    }
}
