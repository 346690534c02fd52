namespace TransferLearning;

/// <summary>The text that a model is to write of the sample: its translation, its summary, its transcript.</summary>
/// <param name="Text">The text.</param>
public sealed record TextTarget(string Text) : Target;
