namespace TransferLearning;

/// <summary>A text and what a model is to make of it: its translation, its summary.</summary>
/// <param name="Source">The text that the model reads.</param>
/// <param name="Target">The text that the model is to write.</param>
public sealed record TextPair(string Source, string Target) : SampleContent;
