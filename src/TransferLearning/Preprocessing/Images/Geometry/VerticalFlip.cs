namespace TransferLearning;

/// <summary>Mirrors an image: top becomes bottom.</summary>
public sealed class VerticalFlip : GeometricTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "VerticalFlip";

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
        => new FlipMap(image, isHorizontal: false, isVertical: true);
}
