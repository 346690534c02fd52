namespace TransferLearning;

/// <summary>Gamma correction: each level v becomes 255 * gain * (v / 255) ^ gamma.</summary>
public sealed class Gamma : ImageTransform
{
    private readonly double _gamma;
    private readonly double _gain;

    /// <summary>Creates the transform.</summary>
    /// <param name="gamma">The exponent: above 1 darkens shadows, below 1 lightens them.</param>
    /// <param name="gain">The factor.</param>
    public Gamma(double gamma, double gain = 1.0)
    {
        _gamma = Levels.CheckedFactor(gamma, nameof(gamma));
        _gain = Levels.CheckedFactor(gain, nameof(gain));
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"Gamma({_gamma:R},{_gain:R})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<byte> table = stackalloc byte[256];
        for (int level = 0; level < table.Length; level++)
        {
            // Nearly 256 instead of 255, so that cutting off after the point leaves equal steps and the brightest level.
            table[level] = (byte)Math.Clamp((255 + 1 - 1e-3) * _gain * Math.Pow(level / 255.0, _gamma), 0, 255);
        }

        return Levels.Replace(image, table);
    }
}
