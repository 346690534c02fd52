namespace TransferLearning;

/// <summary>A text, or two that belong together, and what is to be learned of it beside the sample's one label.</summary>
/// <param name="Text">The text, or the first of two.</param>
/// <param name="Pair">The second text: the hypothesis of a premise, the answer to a question. Default: none.</param>
public sealed record TextContent(string Text, string? Pair = null) : SampleContent
{
    /// <summary>
    /// The numbers of all its classes, ascending, indices into <see cref="Dataset.ClassNames"/>, where a text may have several or none.
    /// Default: null, the sample's label is its only class.
    /// </summary>
    public IReadOnlyList<int>? Labels { get; init; }

    /// <summary>The number to be told of the text, for regression. Default: null, there is none.</summary>
    public float? Target { get; init; }
}
