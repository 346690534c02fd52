namespace TransferLearning;

/// <summary>Resizes a window of the image and keeps a part of the result; see <see cref="Resampler"/>.</summary>
internal sealed class ResizeMap(PixelBox window, long width, long height, PixelBox part, Interpolation interpolation)
    : GeometricMap(interpolation)
{
    internal override bool UsesStoredSize => true;

    public static ResizeMap Whole(PixelBox window, int width, int height, Interpolation interpolation)
        => new(window, width, height, new PixelBox(0, 0, width, height), interpolation);

    public override BoundingBox MoveBox(BoundingBox box)
    {
        double across = width / (double)window.Width;
        double down = height / (double)window.Height;
        return new BoundingBox(
            (float)(((box.X1 - window.Left) * across) - part.Left),
            (float)(((box.Y1 - window.Top) * down) - part.Top),
            (float)(((box.X2 - window.Left) * across) - part.Left),
            (float)(((box.Y2 - window.Top) * down) - part.Top));
    }

    protected internal override ImagePixels Move(ImagePixels pixels, Interpolation interpolation, PixelColor fill)
    {
        using (pixels)
        {
            return Resampler.Resize(pixels, window, width, height, part, interpolation);
        }
    }
}
