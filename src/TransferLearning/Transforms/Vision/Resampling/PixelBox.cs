namespace TransferLearning;

/// <summary>A rectangle of pixels; 64 bits, because the size of a picture that is never made as a whole may exceed 32.</summary>
internal readonly record struct PixelBox(long Left, long Top, long Width, long Height)
{
    public static PixelBox Whole(ImagePixels picture) => new(0, 0, picture.Width, picture.Height);

    /// <summary>All of a picture, in pixels of the size that it has in its file.</summary>
    public static PixelBox Stored(ImagePixels picture) => new(0, 0, picture.StoredSize.Width, picture.StoredSize.Height);
}
