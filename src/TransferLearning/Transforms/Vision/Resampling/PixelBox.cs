namespace TransferLearning;

/// <summary>A rectangle of pixels; 64 bits, because the size of an image that is never made as a whole may exceed 32.</summary>
internal readonly record struct PixelBox(long Left, long Top, long Width, long Height)
{
    public static PixelBox Whole(ImagePixels image) => new(0, 0, image.Width, image.Height);

    /// <summary>All of an image, in pixels of the size that it has in its file.</summary>
    public static PixelBox Stored(ImagePixels image) => new(0, 0, image.StoredSize.Width, image.StoredSize.Height);
}
