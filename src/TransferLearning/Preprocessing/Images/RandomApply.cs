namespace TransferLearning;

/// <summary>Applies another step with a given probability. Draws one number, then what the other step draws.</summary>
public sealed class RandomApply : ChoosingTransform
{
    private readonly ImageTransform _transform;
    private readonly double _probability;

    /// <summary>Creates the transform.</summary>
    /// <param name="transform">What to apply.</param>
    /// <param name="probability">How often, from 0 to 1.</param>
    public RandomApply(ImageTransform transform, double probability = 0.5)
    {
        ArgumentNullException.ThrowIfNull(transform);
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(probability, 1.0);
        _transform = transform;
        _probability = probability;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture, $"RandomApply({_transform.Fingerprint},{_probability:R})");

    /// <inheritdoc/>
    protected override IReadOnlyList<ImageTransform> Choose(ImagePixels image, ref SeededRandom random)
        => random.NextBoolean(_probability) ? [_transform] : [];
}
