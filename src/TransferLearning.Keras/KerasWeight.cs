using static TorchSharp.torch;

namespace TransferLearning.Keras;

/// <summary>One array of a file, described but not read.</summary>
/// <param name="Place">Its name in the file, for errors.</param>
/// <param name="Role">What it is to its layer.</param>
/// <param name="Shape">The size of each dimension, as stored.</param>
/// <param name="Read">Reads it into a new contiguous tensor of 32-bit numbers, which the caller disposes.</param>
internal sealed record KerasWeight(string Place, KerasRole Role, IReadOnlyList<long> Shape, Func<Tensor> Read);
