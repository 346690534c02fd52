namespace TransferLearning;

/// <summary>One map after another.</summary>
internal sealed class ChainedMap(GeometricMap first, GeometricMap second, Interpolation interpolation, PixelColor fill)
    : GeometricMap(interpolation, fill)
{
    internal override bool UsesStoredSize => first.UsesStoredSize;

    public override BoundingBox MoveBox(BoundingBox box) => second.MoveBox(first.MoveBox(box));

    protected internal override ImagePixels Move(ImagePixels pixels, Interpolation interpolation, PixelColor fill)
        => second.Move(first.Move(pixels, interpolation, fill), interpolation, fill);
}
