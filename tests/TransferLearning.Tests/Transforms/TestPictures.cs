namespace TransferLearning.Tests;

/// <summary>Pictures made on the spot.</summary>
internal static class TestPictures
{
    public static ImagePixels Noise(int width, int height, long seed)
    {
        var picture = new ImagePixels(width, height);
        var random = new SeededRandom(seed);
        foreach (ref byte value in picture.Bytes)
        {
            value = (byte)random.NextUInt64();
        }

        return picture;
    }

    public static ImagePixels Copy(ImagePixels picture)
    {
        var copy = new ImagePixels(picture.Width, picture.Height);
        picture.Bytes.CopyTo(copy.Bytes);
        return copy;
    }
}
