namespace TransferLearning.Tests;

/// <summary>Images made on the spot.</summary>
internal static class TestImages
{
    public static ImagePixels Noise(int width, int height, long seed)
    {
        ImagePixels image = new(width, height);
        SeededRandom random = new(seed);
        foreach (ref byte value in image.Bytes)
        {
            value = (byte)random.NextUInt64();
        }

        return image;
    }

    public static ImagePixels Copy(ImagePixels image)
    {
        ImagePixels copy = new(image.Width, image.Height);
        image.Bytes.CopyTo(copy.Bytes);
        return copy;
    }
}
