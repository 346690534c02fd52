namespace TransferLearning.Benchmarks;

/// <summary>The samples of a task.</summary>
/// <param name="Train">What is trained on.</param>
/// <param name="Test">What is evaluated on.</param>
/// <param name="Unlabelled">More of the same kind, whose labels no method may see; null for none.</param>
internal sealed record MethodSamples(Dataset Train, Dataset Test, Dataset? Unlabelled = null);
