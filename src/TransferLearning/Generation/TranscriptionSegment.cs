namespace TransferLearning;

/// <summary>A piece of what was said.</summary>
/// <param name="Start">When it begins.</param>
/// <param name="End">When it ends.</param>
/// <param name="Text">What was said.</param>
public sealed record TranscriptionSegment(TimeSpan Start, TimeSpan End, string Text)
{
    /// <summary>The mean log-probability of its tokens; null where there is none.</summary>
    public double? LogProbability { get; init; }

    /// <summary>How likely it is that nothing was said; null where the network does not say it.</summary>
    public double? NoSpeechProbability { get; init; }

    /// <summary>The temperature at which it was written; 0 is the most probable text.</summary>
    public double Temperature { get; init; }

    /// <inheritdoc/>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"[{Start:hh\\:mm\\:ss\\.ff} - {End:hh\\:mm\\:ss\\.ff}] {Text}");
}
