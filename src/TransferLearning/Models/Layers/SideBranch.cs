namespace TransferLearning.Layers;

/// <summary>Something beside a layer that adds to its outputs, and could as well be added to its weight.</summary>
internal abstract class SideBranch : IDisposable
{
    /// <summary>Its modules and the names under which the layer registers them.</summary>
    public abstract IReadOnlyList<(string Name, nn.Module Module)> Modules { get; }

    /// <summary>The layer's outputs and the branch's, as a new tensor; the layer's are disposed.</summary>
    public abstract Tensor Apply(Tensor input, Tensor output, bool training);

    /// <summary>Adds what the branch does to a weight and a bias of the layer's shapes, in place.</summary>
    /// <exception cref="InvalidOperationException">The branch adds a constant, and there is no bias for it.</exception>
    public abstract void AddTo(Tensor weight, Tensor? bias);

    public abstract void Dispose();
}
