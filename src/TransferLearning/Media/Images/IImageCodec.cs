namespace TransferLearning;

/// <summary>Turns the bytes of one image file into pixels. The seam for another imaging library.</summary>
public interface IImageCodec
{
    /// <summary>Decodes one image, turned upright as its EXIF orientation says.</summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="name">What to call the image in an error: its path, usually.</param>
    /// <returns>The image; the caller disposes it.</returns>
    /// <exception cref="MediaException">The bytes are no image, or a damaged one.</exception>
    ImagePixels Decode(ReadOnlyMemory<byte> encoded, string name);
}
