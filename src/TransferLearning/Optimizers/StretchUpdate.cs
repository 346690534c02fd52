namespace TransferLearning;

/// <summary>Changes the weights of a stretch, and what is remembered, by its gradients.</summary>
/// <param name="stretch">Its length is a multiple of <see cref="Vector{T}.Count"/>.</param>
internal delegate void StretchUpdate(in Stretch stretch);
