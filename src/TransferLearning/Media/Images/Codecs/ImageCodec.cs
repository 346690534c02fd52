namespace TransferLearning;

/// <summary>The codec where a caller gives none.</summary>
public static class ImageCodec
{
    /// <summary>A <see cref="SkiaImageCodec"/> with its defaults: JPEG, PNG, WebP, BMP, ICO, GIF and portable maps.</summary>
    public static IImageCodec Default { get; } = new SkiaImageCodec();
}
