namespace TransferLearning;

/// <summary>One text as a network takes it, and what it is to answer.</summary>
/// <param name="Encoded">The tokens.</param>
internal sealed record TextExample(EncodedText Encoded)
{
    /// <summary>The number that marks a token without a label.</summary>
    public const long NoLabel = -100;

    /// <summary>The class of the text, or the first and last token of an answer; or, with <see cref="LabelsPerToken"/>, one for each token.</summary>
    public long[] Labels { get; init; } = [];

    /// <summary>Whether <see cref="Labels"/> has one number for each token.</summary>
    public bool LabelsPerToken { get; init; }

    /// <summary>What the decoder of an encoder-decoder reads, one for each of <see cref="Labels"/>; null for other networks.</summary>
    public int[]? DecoderIds { get; init; }

    /// <summary>Numbers to be told, or 1 and 0 for each class; null where there are class numbers instead.</summary>
    public float[]? Targets { get; init; }

    public int Length => Encoded.Length;
}
