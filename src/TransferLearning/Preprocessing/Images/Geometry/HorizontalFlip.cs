namespace TransferLearning;

/// <summary>Mirrors an image: left becomes right.</summary>
public sealed class HorizontalFlip : GeometricTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "HorizontalFlip";

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
        => new FlipMap(image, isHorizontal: true, isVertical: false);
}
