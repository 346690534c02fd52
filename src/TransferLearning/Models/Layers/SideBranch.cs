namespace TransferLearning.Layers;

/// <summary>What an adapter has beside a layer: it changes the layer's outputs, and could as well change its weight.</summary>
internal abstract class SideBranch : AdapterBranch
{
    /// <summary>The layer's outputs as the branch changes them, as a new tensor.</summary>
    /// <param name="layer">The layer, whose own outputs <see cref="WeightLayer.Compute"/> gives.</param>
    /// <param name="input">What enters it; stays the caller's.</param>
    public abstract Tensor Run(WeightLayer layer, Tensor input);

    /// <summary>Changes a weight and a bias of the layer's shapes, which hold the layer's, as the branch changes the outputs.</summary>
    /// <exception cref="InvalidOperationException">The branch adds a constant, and there is no bias for it.</exception>
    public abstract void MergeInto(Tensor weight, Tensor? bias);

    /// <summary>Why it cannot be merged into a layer; null if it can.</summary>
    public virtual string? Unmergeable(WeightLayer layer) => null;
}
