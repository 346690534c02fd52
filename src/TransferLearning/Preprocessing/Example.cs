namespace TransferLearning;

/// <summary>A sample as it goes into a batch.</summary>
/// <param name="Target">What is to be learned of it.</param>
/// <param name="Length">How long it is, in the units that are padded; examples of similar lengths share a batch.</param>
public abstract record Example(Target Target, int Length);
