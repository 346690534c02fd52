using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>One layer of a bidirectional encoder.</summary>
internal abstract class EncoderLayer(string name) : nn.Module<Tensor, Tensor>(name)
{
    public sealed override Tensor forward(Tensor input) => Run(input, null);

    /// <summary>[N, L, D] to [N, L, D].</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="bias">Added to the scores of attention; null for none.</param>
    public abstract Tensor Run(Tensor input, Tensor? bias);
}
