namespace TransferLearning.Tests;

/// <summary>Small images of noise in three classes.</summary>
internal static class NoiseImages
{
    public const int Side = 32;

    public static InMemoryDataset Of(int count, int seed = 1, int damaged = -1)
    {
        SeededRandom random = new(seed);
        List<Sample> samples = [];
        for (int i = 0; i < count; i++)
        {
            byte[] pixels = new byte[Side * Side * 3];
            for (int k = 0; k < pixels.Length; k++)
            {
                pixels[k] = (byte)random.NextInt32(256);
            }

            samples.Add(new Sample($"noise {i}", i % 3, i == damaged ? new EncodedImage(pixels) : new RawImage(Side, Side, pixels)));
        }

        return new InMemoryDataset(samples, ["a", "b", "c"]);
    }
}
