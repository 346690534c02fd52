namespace TransferLearning;

/// <summary>What is accepted of a sound file.</summary>
public sealed record AudioReadOptions
{
    /// <summary>Whether a sound whose file ends too early is given as far as it goes, instead of being refused.</summary>
    /// <value>False: a truncated sound is an error.</value>
    public bool AcceptTruncated { get; init; }

    /// <summary>
    /// The most samples of one channel that are read into memory at once, so that a small hostile file cannot ask for a large buffer.
    /// Reading in parts (<see cref="AudioReader.ReadParts"/>) has no such limit.
    /// </summary>
    /// <value>2^28, which is 1 GiB of samples, or 4.6 hours at 16 kHz.</value>
    public int MaximumSamples { get; init; } = 1 << 28;
}
