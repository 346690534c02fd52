namespace TransferLearning;

/// <summary>Mirrors an image with a given probability. Draws one number.</summary>
public sealed class RandomHorizontalFlip : GeometricTransform
{
    private readonly double _probability;

    /// <summary>Creates the transform.</summary>
    /// <param name="probability">How often, from 0 to 1.</param>
    public RandomHorizontalFlip(double probability = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(probability, 1.0);
        _probability = probability;
    }

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"RandomHorizontalFlip({_probability:R})");

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
        => random.NextBoolean(_probability) ? new FlipMap(image, isHorizontal: true, isVertical: false) : null;
}
