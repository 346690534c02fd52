namespace TransferLearning;

/// <summary>Turns the bytes of one image file into pixels. The seam for another imaging library.</summary>
/// <remarks>One codec is a setting of a model (<see cref="ImageModel.WithCodec"/>): training, evaluation, prediction and features decode
/// with it. Data sets take it when they are opened, for its <see cref="Extensions"/>. Several threads use one codec at once.
/// <see cref="object.ToString"/> names it with what changes pixels: kept features are kept apart by that text.</remarks>
public interface IImageCodec
{
    /// <summary>The endings of the files that it decodes, without dots, in small letters: which files of a folder or archive are
    /// images.</summary>
    /// <value>Those of JPEG, PNG, WebP, GIF, BMP and portable maps, unless a codec says otherwise.</value>
    IReadOnlyList<string> Extensions => UsualExtensions;

    internal static readonly IReadOnlyList<string> UsualExtensions =
        ["jpg", "jpeg", "jpe", "jfif", "jif", "png", "webp", "gif", "bmp", "dib", "ppm", "pgm", "pbm", "pnm"];

    /// <summary>Decodes one image, turned upright as its EXIF orientation says.</summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="name">What to call the image in an error: its path, usually.</param>
    /// <returns>The image; the caller disposes it.</returns>
    /// <exception cref="MediaException">The bytes are no image, or a damaged one.</exception>
    ImagePixels Decode(ReadOnlyMemory<byte> encoded, string name);
}
