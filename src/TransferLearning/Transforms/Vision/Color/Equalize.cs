namespace TransferLearning;

/// <summary>Spreads the levels of each channel so that they occur about equally often.</summary>
public sealed class Equalize : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "Equalize";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Levels.Replace(image, Table(image, 0), Table(image, 1), Table(image, 2));
    }

    private static byte[] Table(ImagePixels image, int channel)
    {
        int[] counts = Levels.Histogram(image, channel);

        // The pixels of the highest level do not count: they end at 255 anyway.
        int last = counts[Array.FindLastIndex(counts, count => count > 0)];
        int step = ((image.Width * image.Height) - last) / 255;
        byte[] table = new byte[256];
        long sum = step / 2;
        for (int level = 0; level < table.Length; level++)
        {
            table[level] = step == 0 ? (byte)level : (byte)Math.Min(sum / step, 255);
            sum += counts[level];
        }

        return table;
    }
}
