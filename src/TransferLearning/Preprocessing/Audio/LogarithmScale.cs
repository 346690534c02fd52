using static System.FormattableString;

namespace TransferLearning;

/// <summary>Takes the natural logarithm, of numbers raised a little so that silence has one too.</summary>
public sealed record LogarithmScale : FrameTransform
{
    /// <summary>What is added before. Default: 1e-6, as in torchaudio's <c>MFCC</c> with log_mels.</summary>
    public double Raise { get; init; } = 1e-6;

    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"logarithm, raised by {Raise:R}");

    /// <inheritdoc/>
    public override AudioFrames Apply(AudioFrames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentOutOfRangeException.ThrowIfNegative(Raise);
        FrameRows.Logarithm(frames.Values, (float)Raise, 0, (float)Math.Log(2));
        return frames;
    }
}
