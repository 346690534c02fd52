namespace TransferLearning.Wikipedia;

/// <summary>What a '&lt;' in a page begins.</summary>
/// <param name="Length">How many characters it takes; 0 if it is not a tag.</param>
/// <param name="Shown">What is seen of it: nothing, or a line end.</param>
/// <param name="Literal">Text in which no sign is markup.</param>
internal readonly record struct WikitextTag(int Length, string Shown = "", string? Literal = null);
