using static System.FormattableString;

namespace TransferLearning;

/// <summary>
/// Whisper's input (Radford et al., 2022): mel bands of Slaney's form, 400 samples a frame and 160 from frame to frame, the decimal
/// logarithm, nothing more than 8 below the largest number, then (x + 4) / 4. The sound is cut or filled with silence to one length.
/// </summary>
public sealed record WhisperLogMel : AudioFrontEnd
{
    private const int Frame = 400;
    private const int Hop = 160;
    private const float Floor = 1e-10f;

    /// <summary>The number of mel bands: 80, or 128 for "large-v3". Default: 80.</summary>
    public int MelBands { get; init; } = 80;

    /// <summary>
    /// The length that every sound gets, in samples, a multiple of 160; null keeps its own. Default: 480,000, which is 30 seconds.
    /// </summary>
    public int? Samples { get; init; } = 480_000;

    /// <inheritdoc/>
    public override int Bands => MelBands;

    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"Whisper log-mel; {SampleRate} Hz; {MelBands} bands; {Samples} samples");

    private MelSpectrogram Mel => new()
    {
        SampleRate = SampleRate,
        HopLength = Hop,
        MelBands = MelBands,
        Scale = FrequencyScale.Slaney,
        HasUnitArea = true,
    };

    /// <inheritdoc/>
    public override int FramesOf(int samples) => (Samples ?? samples) / Hop;

    /// <inheritdoc/>
    public override AudioFrames Compute(ReadOnlySpan<float> samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Samples ?? Hop, nameof(Samples));
        int length = Samples ?? samples.Length;
        samples = samples[..Math.Min(samples.Length, length)];

        // Frames that reach over the sound; the others are silence, whose logarithm is known.
        int heard = Math.Min(length, (samples.Length + Frame + Hop) / Hop * Hop);
        float[] padded = new float[heard];
        samples.CopyTo(padded);
        AudioFrames frames = Mel.Compute(padded).PaddedTo(FramesOf(samples.Length));
        FrameRows.Logarithm(frames.Values, 0, Floor, MathF.Log10(2));
        FrameRows.Scale(frames.Values, FrameRows.Largest(frames.Values) - 8, 0.25f, 1);
        return frames;
    }
}
