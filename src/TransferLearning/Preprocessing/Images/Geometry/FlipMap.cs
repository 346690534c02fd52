namespace TransferLearning;

/// <summary>Mirrors left and right, top and bottom, or both, which is a turn by 180 degrees.</summary>
internal sealed class FlipMap(ImagePixels image, bool isHorizontal, bool isVertical) : GeometricMap
{
    private readonly (int Width, int Height) _size = image.StoredSize;

    internal override bool UsesStoredSize => true;

    public override BoundingBox MoveBox(BoundingBox box)
    {
        (float x1, float x2) = isHorizontal ? (_size.Width - box.X2, _size.Width - box.X1) : (box.X1, box.X2);
        (float y1, float y2) = isVertical ? (_size.Height - box.Y2, _size.Height - box.Y1) : (box.Y1, box.Y2);
        return new BoundingBox(x1, y1, x2, y2);
    }

    protected internal override ImagePixels Move(ImagePixels pixels, Interpolation interpolation, PixelColor fill)
    {
        if (pixels.IsDeep)
        {
            Flip(pixels.DeepWords, pixels);
        }
        else
        {
            Flip(pixels.Words, pixels);
        }

        return pixels;
    }

    private void Flip<T>(Span<T> all, ImagePixels pixels)
    {
        if (isVertical)
        {
            all.Reverse(); // a turn by 180 degrees; mirroring each row leaves the vertical flip
        }

        for (int y = 0; y < pixels.Height && isHorizontal != isVertical; y++)
        {
            all.Slice(y * pixels.Width, pixels.Width).Reverse();
        }
    }
}
