namespace TransferLearning;

/// <summary>Cuts a window out, which may stick out of the image.</summary>
internal sealed class WindowMap(int left, int top, int width, int height) : GeometricMap
{
    public override BoundingBox MoveBox(BoundingBox box) => new(box.X1 - left, box.Y1 - top, box.X2 - left, box.Y2 - top);

    protected internal override ImagePixels Move(ImagePixels pixels, Interpolation interpolation, PixelColor fill)
        => PixelWindow.Cut(pixels, left, top, width, height, fill);
}
