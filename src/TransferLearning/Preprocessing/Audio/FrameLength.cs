using static System.FormattableString;

namespace TransferLearning;

/// <summary>Exactly so many frames: what is too much is cut off, what lacks is filled at the end.</summary>
/// <param name="Count">The number of frames.</param>
/// <param name="Value">What fills. Default: 0.</param>
public sealed record FrameLength(int Count, double Value = 0) : FrameTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"{Count} frames, filled with {Value:R}");

    /// <inheritdoc/>
    public override int FramesOf(int frames) => Count;

    /// <inheritdoc/>
    public override AudioFrames Apply(AudioFrames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Count);
        return frames.PaddedTo(Count, (float)Value);
    }
}
