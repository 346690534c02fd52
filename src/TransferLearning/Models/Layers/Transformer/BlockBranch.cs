namespace TransferLearning.Layers;

/// <summary>What an adapter has in a transformer's block. The tensors that the methods give are in the caller's dispose scope.</summary>
internal abstract class BlockBranch : AdapterBranch
{
    /// <summary>Keys and values that every query sees before all others, [heads, count, D / heads] each; null for none.</summary>
    public virtual (Tensor Keys, Tensor Values)? Prefix => null;

    /// <summary>Changes what attention, or the feed-forward network, gives before it is added to what entered it.</summary>
    /// <param name="part">Which of the two.</param>
    /// <param name="output">What it gives, [N, L, D].</param>
    /// <param name="input">What it is added to.</param>
    /// <param name="norm">What normalises the sum; null where norms come first.</param>
    public virtual Tensor After(LayerPart part, Tensor output, Tensor input, nn.Module<Tensor, Tensor>? norm) => output;
}
