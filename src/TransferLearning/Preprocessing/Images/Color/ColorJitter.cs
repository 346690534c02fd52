namespace TransferLearning;

/// <summary>Changes brightness, contrast, saturation and hue at random, in random order, as torchvision does.</summary>
/// <remarks>Draws the order of the four (a shuffle), then, for each that is not switched off and in the order brightness, contrast,
/// saturation, hue, its factor: uniform from max(0, 1 - x) to 1 + x, the hue from -x to x.</remarks>
public sealed class ColorJitter : ImageTransform
{
    private readonly double _brightness;
    private readonly double _contrast;
    private readonly double _saturation;
    private readonly double _hue;

    /// <summary>Creates the transform.</summary>
    /// <param name="brightness">How far the factor of <see cref="Brightness"/> may be from 1; 0 switches it off.</param>
    /// <param name="contrast">How far the factor of <see cref="Contrast"/> may be from 1; 0 switches it off.</param>
    /// <param name="saturation">How far the factor of <see cref="Saturation"/> may be from 1; 0 switches it off.</param>
    /// <param name="hue">The largest turn of <see cref="Hue"/>, up to 0.5; 0 switches it off.</param>
    public ColorJitter(double brightness = 0, double contrast = 0, double saturation = 0, double hue = 0)
    {
        _brightness = Levels.CheckedFactor(brightness, nameof(brightness));
        _contrast = Levels.CheckedFactor(contrast, nameof(contrast));
        _saturation = Levels.CheckedFactor(saturation, nameof(saturation));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Levels.CheckedFactor(hue, nameof(hue)), 0.5, nameof(hue));
        _hue = hue;
    }

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture, $"ColorJitter({_brightness:R},{_contrast:R},{_saturation:R},{_hue:R})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<int> order = [0, 1, 2, 3];
        random.Shuffle(order);
        ImageTransform?[] steps =
        [
            _brightness > 0 ? new Brightness(Factor(_brightness, ref random)) : null,
            _contrast > 0 ? new Contrast(Factor(_contrast, ref random)) : null,
            _saturation > 0 ? new Saturation(Factor(_saturation, ref random)) : null,
            _hue > 0 ? new Hue(random.NextDouble(-_hue, _hue)) : null,
        ];
        foreach (int step in order)
        {
            image = steps[step]?.Apply(image, ref random) ?? image;
        }

        return image;
    }

    private static double Factor(double spread, ref SeededRandom random) => random.NextDouble(Math.Max(0, 1 - spread), 1 + spread);
}
