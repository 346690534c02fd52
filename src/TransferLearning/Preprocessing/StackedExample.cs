namespace TransferLearning;

/// <summary>An example whose elements lie in the batch already.</summary>
/// <param name="Target">What is to be learned of it.</param>
internal sealed record StackedExample(Target Target) : Example(Target, 1);
