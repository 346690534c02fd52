namespace TransferLearning;

/// <summary>An upright rectangle in an image, in pixels from the upper left corner. The edges lie between pixels: the box that holds
/// exactly the first pixel of an image is (0, 0, 1, 1).</summary>
/// <param name="X1">The left edge.</param>
/// <param name="Y1">The upper edge.</param>
/// <param name="X2">The right edge, not left of <paramref name="X1"/>.</param>
/// <param name="Y2">The lower edge, not above <paramref name="Y1"/>.</param>
public readonly record struct BoundingBox(float X1, float Y1, float X2, float Y2)
{
    /// <summary>The width in pixels.</summary>
    public float Width => X2 - X1;

    /// <summary>The height in pixels.</summary>
    public float Height => Y2 - Y1;

    /// <summary>The area in square pixels.</summary>
    public float Area => Width * Height;

    /// <summary>The part that lies within an image; of no width or height where there is none.</summary>
    /// <param name="width">The width of the image in pixels.</param>
    /// <param name="height">The height of the image in pixels.</param>
    /// <returns>The clipped box.</returns>
    public BoundingBox ClippedTo(int width, int height)
        => new(Math.Clamp(X1, 0, width), Math.Clamp(Y1, 0, height), Math.Clamp(X2, 0, width), Math.Clamp(Y2, 0, height));
}
