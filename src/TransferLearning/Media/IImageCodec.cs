namespace TransferLearning;

/// <summary>Turns the bytes of one picture file into pixels. The seam for another imaging library.</summary>
public interface IImageCodec
{
    /// <summary>Decodes one picture, turned upright as its EXIF orientation says.</summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="name">What to call the picture in an error: its path, usually.</param>
    /// <returns>The picture; the caller disposes it.</returns>
    /// <exception cref="MediaException">The bytes are no picture, or a damaged one.</exception>
    ImagePixels Decode(ReadOnlyMemory<byte> encoded, string name);
}
