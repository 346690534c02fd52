namespace TransferLearning;

/// <summary>A batch that can be made smaller, so that a size that fits into memory can be found.</summary>
internal interface IDivisibleBatch : IBatch
{
    /// <summary>The first examples as a batch of their own, which the caller disposes; this one stays as it is.</summary>
    /// <param name="count">How many, from 1 to <see cref="IBatch.Count"/>.</param>
    IBatch Take(int count);
}
