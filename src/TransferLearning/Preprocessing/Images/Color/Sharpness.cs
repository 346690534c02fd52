namespace TransferLearning;

/// <summary>Mixes an image with a smoothed form of it (a 3 x 3 mean whose centre counts five times).</summary>
public sealed class Sharpness : ImageTransform
{
    private const float Neighbour = 1f / 13f;
    private const float Centre = 5f / 13f;

    private readonly double _factor;

    /// <summary>Creates the transform.</summary>
    /// <param name="factor">0 gives the smoothed form, 1 the image itself, 2 a sharper one.</param>
    public Sharpness(double factor) => _factor = Levels.CheckedFactor(factor, nameof(factor));

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"Sharpness({_factor:R})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ImagePixels result = new(image.Width, image.Height);
        using (image)
        {
            Span<byte> from = image.Bytes;
            Span<byte> to = result.Bytes;

            // The outermost pixels have no full neighbourhood and stay as they are.
            from.CopyTo(to);
            int stride = image.Stride;
            for (int y = 1; y < image.Height - 1; y++)
            {
                for (int i = (y * stride) + 4; i < ((y + 1) * stride) - 4; i++)
                {
                    float sum = 0.5f;
                    sum += (from[i + stride - 4] * Neighbour) + (from[i + stride] * Neighbour) + (from[i + stride + 4] * Neighbour);
                    sum += (from[i - 4] * Neighbour) + (from[i] * Centre) + (from[i + 4] * Neighbour);
                    sum += (from[i - stride - 4] * Neighbour) + (from[i - stride] * Neighbour) + (from[i - stride + 4] * Neighbour);
                    to[i] = Levels.Mix((byte)sum, from[i], (float)_factor);
                }
            }
        }

        return result;
    }
}
