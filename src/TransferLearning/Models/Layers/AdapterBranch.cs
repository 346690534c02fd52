namespace TransferLearning.Layers;

/// <summary>The weights of one adapter at one place of a network: beside a layer, in a block, or where inputs enter.</summary>
internal abstract class AdapterBranch : IDisposable
{
    /// <summary>Its modules and the names under which their owner registers them.</summary>
    public abstract IReadOnlyList<(string Name, nn.Module Module)> Modules { get; }

    /// <summary>Fills its weights so that at first the network computes what it did, as far as the method allows it. The caller
    /// has gradients switched off, and disposes what in-place operations give back.</summary>
    public abstract void Initialize(Generator generator);

    public virtual void Dispose()
    {
        foreach ((_, nn.Module module) in Modules)
        {
            module.Dispose();
        }
    }
}
