namespace TransferLearning;

/// <summary>A part of a text that answers a question.</summary>
/// <param name="Text">The answer.</param>
/// <param name="Start">Where it begins in the text, in characters (UTF-16 code units, as in a C# string).</param>
public sealed record TextAnswer(string Text, int Start);
