using static System.FormattableString;

namespace TransferLearning;

/// <summary>Subtracts one mean from all numbers and divides them by one deviation.</summary>
/// <param name="Mean">What is subtracted.</param>
/// <param name="Deviation">What the difference is divided by.</param>
public sealed record FrameNormalization(double Mean, double Deviation) : FrameTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"less {Mean:R} by {Deviation:R}");

    /// <inheritdoc/>
    public override AudioFrames Apply(AudioFrames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Deviation);
        FrameRows.Scale(frames.Values, float.NegativeInfinity, (float)(1 / Deviation), (float)(-Mean / Deviation));
        return frames;
    }
}
