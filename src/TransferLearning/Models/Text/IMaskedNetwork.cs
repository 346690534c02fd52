using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>A masked language model that can give the logits of chosen tokens only, which saves most of the work over a large vocabulary.</summary>
internal interface IMaskedNetwork
{
    /// <summary>The logits, [..., V], of hidden states, [..., D].</summary>
    Tensor LogitsOf(Tensor hidden);
}
