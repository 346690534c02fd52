namespace TransferLearning;

/// <summary>Fills a result with what an affine or perspective map finds in the image; see <see cref="PixelSampler"/>.</summary>
/// <param name="width">The width of the result.</param>
/// <param name="height">The height of the result.</param>
/// <param name="map">The map from the result to the image.</param>
/// <param name="interpolation">How pixels between pixels are found.</param>
/// <param name="fill">The colour of what lies outside.</param>
internal sealed class SampledMap(int width, int height, PixelMap map, Interpolation interpolation, PixelColor fill)
    : GeometricMap(interpolation, fill)
{
    public override BoundingBox MoveBox(BoundingBox box) => map.InverseBounds(box);

    protected internal override ImagePixels Move(ImagePixels pixels, Interpolation interpolation, PixelColor fill)
        => PixelSampler.Sample(pixels, width, height, map, interpolation, fill);
}
