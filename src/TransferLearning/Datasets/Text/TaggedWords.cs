namespace TransferLearning;

/// <summary>A sentence as words, with a tag for each: names of people and places, parts of speech.</summary>
/// <param name="Words">The words.</param>
/// <param name="Tags">The tag of each word, an index into <see cref="Dataset.ClassNames"/>.</param>
public sealed record TaggedWords(IReadOnlyList<string> Words, IReadOnlyList<int> Tags) : SampleContent;
