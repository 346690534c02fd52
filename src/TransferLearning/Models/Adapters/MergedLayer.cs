namespace TransferLearning;

/// <summary>A layer into which an adapter was folded, and what it was before.</summary>
/// <param name="Layer">The layer, which stays its network's.</param>
/// <param name="Weight">Its own weight, a copy.</param>
/// <param name="Bias">Its own bias, a copy, or null.</param>
/// <param name="Branch">What the adapter had beside it.</param>
internal sealed record MergedLayer(WeightLayer Layer, Tensor Weight, Tensor? Bias, SideBranch Branch) : IDisposable
{
    /// <summary>Gives the layer back what it was; the branch is the layer's again.</summary>
    public void Undo(AdapterChoice choice, string name)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Layer.Weight.copy_(Weight);
        Layer.Bias?.copy_(Bias!);
        foreach ((_, nn.Module module) in Branch.Modules)
        {
            module.to(Layer.Weight.device);
        }

        Layer.Branches.Put(choice, name, Branch);
        Weight.Dispose();
        Bias?.Dispose();
    }

    /// <summary>Forgets what it was.</summary>
    public void Dispose()
    {
        Weight.Dispose();
        Bias?.Dispose();
        Branch.Dispose();
    }
}
