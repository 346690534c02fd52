namespace TransferLearning.Layers;

/// <summary>What an adapter has where inputs enter a network, or beside the whole of it. The tensors that the methods give are in the
/// caller's dispose scope.</summary>
internal abstract class InputBranch : AdapterBranch
{
    /// <summary>How many of the network's positions it takes from the tokens.</summary>
    public virtual int Positions => 0;

    /// <summary>Vectors of tokens that stand before each sample's, [N, count, D]; null for none.</summary>
    /// <param name="samples">N.</param>
    public virtual Tensor? Prompt(long samples) => null;

    /// <summary>Features with what a network beside this one makes of the images.</summary>
    /// <param name="features">[N, D]; disposed where others are given.</param>
    /// <param name="images">[N, 3, H, W].</param>
    public virtual Tensor Blend(Tensor features, Tensor images) => features;
}
