namespace TransferLearning;

/// <summary>A text that is tokens already.</summary>
/// <param name="Encoded">The tokens.</param>
internal sealed record EncodedContent(EncodedText Encoded) : SampleContent;
