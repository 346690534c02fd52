using static System.FormattableString;

namespace TransferLearning;

/// <summary>The mean frequency of each frame of magnitudes, in Hz: torchaudio's <c>SpectralCentroid</c>.</summary>
/// <example>
/// <code>
/// AudioFrontEnd centroid = new Spectrogram { Power = 1 }.Then(new SpectralCentroid());
/// </code>
/// </example>
public sealed record SpectralCentroid : FrameTransform
{
    /// <summary>The rate of the samples that the spectrogram was made of, in Hz. Default: 16,000.</summary>
    public int SampleRate { get; init; } = 16_000;

    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"spectral centroid, {SampleRate} Hz");

    /// <inheritdoc/>
    public override int BandsOf(int bands) => 1;

    /// <inheritdoc/>
    public override AudioFrames Apply(AudioFrames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        double step = frames.Bands > 1 ? (double)(SampleRate / 2) / (frames.Bands - 1) : 0;
        AudioFrames sums = FrameRows.Combine(frames, 2, (band, row) => row == 0 ? (float)(band * step) : 1);
        float[] means = new float[frames.Count];
        for (int frame = 0; frame < means.Length; frame++)
        {
            // Silence has no frequency: NaN, as in torchaudio, would spread through a network.
            means[frame] = sums[1, frame] > 0 ? sums[0, frame] / sums[1, frame] : 0;
        }

        return new AudioFrames(means, 1, frames.Count);
    }
}
