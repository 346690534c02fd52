namespace TransferLearning.Layers;

/// <summary>A layer with a weight matrix or filter bank, and perhaps a bias: what initialisers, head surgery and adapters see.</summary>
public abstract class WeightLayer : nn.Module<Tensor, Tensor>
{
    private AdapterPlace<SideBranch>? _branches;

    private protected WeightLayer(string name) : base(name) { }

    /// <summary>The weight; its first axis counts the outputs, its second the inputs of one group.</summary>
    public abstract Parameter Weight { get; }

    /// <summary>The bias, one number for each output, or null.</summary>
    public abstract Parameter? Bias { get; }

    /// <summary>Whether the weight is stored as [inputs, outputs] instead.</summary>
    internal virtual bool StoresInputsFirst => false;

    /// <summary>What adapters have beside the layer.</summary>
    internal AdapterPlace<SideBranch> Branches => _branches ??= new AdapterPlace<SideBranch>(this, ClearModules);

    /// <summary>What the adapter in use has beside the layer, or null.</summary>
    internal SideBranch? Branch => _branches?.Active;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Branch is { } branch ? branch.Run(this, input) : Compute(input);

    /// <summary>The layer's own outputs, without any adapter.</summary>
    internal abstract Tensor Compute(Tensor input);

    /// <summary>One number for each output, or each input, in a shape by which the layer's outputs, or inputs, can be multiplied.</summary>
    internal virtual Tensor Spread(Tensor vector) => vector.view(-1);
}
