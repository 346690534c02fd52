namespace TransferLearning;

/// <summary>Spreads the levels of each channel so that they occur about equally often.</summary>
public sealed class Equalize : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "Equalize";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels picture, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return Levels.Replace(picture, Table(picture, 0), Table(picture, 1), Table(picture, 2));
    }

    private static byte[] Table(ImagePixels picture, int channel)
    {
        int[] counts = Levels.Histogram(picture, channel);

        // The pixels of the highest level do not count: they end at 255 anyway.
        int last = counts[Array.FindLastIndex(counts, count => count > 0)];
        int step = ((picture.Width * picture.Height) - last) / 255;
        var table = new byte[256];
        long sum = step / 2;
        for (int level = 0; level < table.Length; level++)
        {
            table[level] = step == 0 ? (byte)level : (byte)Math.Min(sum / step, 255);
            sum += counts[level];
        }

        return table;
    }
}
