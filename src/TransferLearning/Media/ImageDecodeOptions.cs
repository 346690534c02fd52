namespace TransferLearning;

/// <summary>What a decoder accepts.</summary>
public sealed record ImageDecodeOptions
{
    /// <summary>
    /// The most pixels a picture may claim to have. A larger one is refused from its header, before memory is taken, so
    /// that a small hostile file cannot ask for a large buffer.
    /// </summary>
    /// <value>64 million, which is 256 MB of pixels.</value>
    public long MaximumPixels { get; init; } = 64_000_000;

    /// <summary>Whether a picture whose file ends too early is given as far as it goes, instead of being refused.</summary>
    /// <value>False: a truncated picture is an error.</value>
    public bool AcceptTruncated { get; init; }
}
