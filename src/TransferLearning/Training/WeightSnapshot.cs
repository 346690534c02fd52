namespace TransferLearning;

/// <summary>A copy of what training changes, to go back to. It owns the copies.</summary>
internal sealed class WeightSnapshot : IDisposable
{
    private readonly List<(string Name, Tensor Target, Tensor Copy)> _pairs;

    /// <summary>Copies the state of a network: all buffers and the parameters that are trained.</summary>
    public WeightSnapshot(nn.Module network) : this(Changing(network)) { }

    private WeightSnapshot(IEnumerable<KeyValuePair<string, Tensor>> state)
        => _pairs = [.. state.Select(entry => (entry.Key, entry.Value, Copy(entry.Value)))];

    /// <summary>The copies under the names of what they were made from.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Named => _pairs.Select(pair => KeyValuePair.Create(pair.Name, pair.Copy));

    /// <summary>Copies the buffers only: what a forward pass in training changes.</summary>
    public static WeightSnapshot OfBuffers(nn.Module network)
        => new(ModuleState.Of(network).Where(entry => entry.Value is not TorchSharp.Modules.Parameter));

    /// <summary>All buffers and the parameters that are trained, by name: what a step may change. They stay the network's.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Changing(nn.Module network)
        => ModuleState.Of(network).Where(entry => entry.Value is not TorchSharp.Modules.Parameter { requires_grad: false });

    /// <summary>A copy outside every dispose scope and graph; the caller disposes it.</summary>
    public static Tensor Copy(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        return detached.clone().DetachFromDisposeScope();
    }

    /// <summary>Takes the state anew, into the memory there is.</summary>
    public void Update()
    {
        using IDisposable guard = no_grad();
        foreach ((_, Tensor target, Tensor copy) in _pairs)
        {
            copy.copy_(target);
        }
    }

    /// <summary>Writes the copies back.</summary>
    public void Restore()
    {
        using IDisposable guard = no_grad();
        foreach ((_, Tensor target, Tensor copy) in _pairs)
        {
            target.copy_(copy);
        }
    }

    /// <summary>Puts the copies into the network and its state here; a second call undoes it bit for bit.</summary>
    public void Exchange()
    {
        using IDisposable guard = no_grad();
        foreach ((_, Tensor target, Tensor copy) in _pairs)
        {
            Exchange(target, copy);
        }
    }

    /// <summary>Exchanges what two tensors hold.</summary>
    public static void Exchange(Tensor first, Tensor second)
    {
        using Tensor before = first.clone();
        first.copy_(second);
        second.copy_(before);
    }

    /// <summary>Takes saved values instead of the network's.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> saved)
    {
        using IDisposable guard = no_grad();
        foreach ((string name, _, Tensor copy) in _pairs)
        {
            copy.copy_(saved[name]);
        }
    }

    public void Dispose() => _pairs.ForEach(pair => pair.Copy.Dispose());
}
