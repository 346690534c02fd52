using static System.FormattableString;

namespace TransferLearning;

/// <summary>Turns power or magnitude into decibels: torchaudio's <c>AmplitudeToDB</c>.</summary>
public sealed record DecibelScale : FrameTransform
{
    private const float Smallest = 1e-10f;

    /// <summary>Whether the frames are magnitudes (20 log10) and not powers (10 log10). Default: false.</summary>
    public bool IsMagnitude { get; init; }

    /// <summary>What lies more than so many decibels below the largest number is raised to there. Default: null, nothing is.</summary>
    public double? TopDecibels { get; init; }

    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"decibels of {(IsMagnitude ? "magnitude" : "power")}, top {TopDecibels}");

    /// <inheritdoc/>
    public override AudioFrames Apply(AudioFrames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentOutOfRangeException.ThrowIfNegative(TopDecibels ?? 0, nameof(TopDecibels));
        FrameRows.Logarithm(frames.Values, 0, Smallest, (float)((IsMagnitude ? 20 : 10) * Math.Log10(2)));
        if (TopDecibels is { } top)
        {
            FrameRows.Scale(frames.Values, FrameRows.Largest(frames.Values) - (float)top, 1, 0);
        }

        return frames;
    }
}
