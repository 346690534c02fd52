namespace TransferLearning.Layers;

/// <summary>A layer with a weight matrix, or filter bank, and perhaps a bias: what initialisers, head surgery and LoRA look for.</summary>
public abstract class WeightLayer : nn.Module<Tensor, Tensor>
{
    private protected WeightLayer(string name) : base(name) { }

    /// <summary>The weight; its first axis counts the outputs, its second the inputs of one group.</summary>
    public abstract Parameter Weight { get; }

    /// <summary>The bias, one number for each output, or null.</summary>
    public abstract Parameter? Bias { get; }

    /// <summary>Whether the weight is stored as [inputs, outputs] instead.</summary>
    internal virtual bool StoresInputsFirst => false;

    /// <summary>What is added to the outputs, or null.</summary>
    internal SideBranch? Branch { get; private set; }

    /// <summary>Takes a branch, which the layer owns from now on, or with null lets go of it and disposes it.</summary>
    internal void SetBranch(SideBranch? branch)
    {
        ClearModules();
        Branch?.Dispose();
        Branch = branch;
        foreach ((string name, nn.Module module) in branch?.Modules ?? [])
        {
            register_module(name, module);
        }
    }

    /// <summary>The outputs with those of the branch, if there is one; the given ones are disposed then.</summary>
    private protected Tensor WithBranch(Tensor input, Tensor output) => Branch is null ? output : Branch.Apply(input, output, training);
}
