using static System.FormattableString;

namespace TransferLearning;

/// <summary>The first coefficients of the discrete cosine transform (type 2) of each frame: torchaudio's <c>create_dct</c>.</summary>
/// <param name="Coefficients">How many.</param>
public sealed record CosineTransform(int Coefficients) : FrameTransform
{
    /// <summary>Whether it is orthonormal (norm "ortho"); else every weight is doubled (norm None). Default: true.</summary>
    public bool IsOrthonormal { get; init; } = true;

    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"cosine transform to {Coefficients}, orthonormal {IsOrthonormal}");

    /// <inheritdoc/>
    public override int BandsOf(int bands)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Coefficients);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Coefficients, bands);
        return Coefficients;
    }

    /// <inheritdoc/>
    public override AudioFrames Apply(AudioFrames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        int bands = frames.Bands;
        return FrameRows.Combine(frames, BandsOf(bands), (band, row) => (float)Weight(band, row, bands));
    }

    internal double Weight(int band, int row, int bands)
    {
        double scale = !IsOrthonormal ? 2 : Math.Sqrt((row == 0 ? 1.0 : 2.0) / bands);
        return Math.Cos(Math.PI / bands * (band + 0.5) * row) * scale;
    }
}
