namespace TransferLearning;

/// <summary>Stretches each channel so that its lowest level becomes 0 and its highest 255.</summary>
public sealed class Autocontrast : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "Autocontrast";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Levels.Replace(image, Table(image, 0), Table(image, 1), Table(image, 2));
    }

    private static byte[] Table(ImagePixels image, int channel)
    {
        int[] counts = Levels.Histogram(image, channel);
        int lowest = Array.FindIndex(counts, count => count > 0);
        int highest = Array.FindLastIndex(counts, count => count > 0);
        double scale = highest > lowest ? 255.0 / (highest - lowest) : 1.0;
        double offset = highest > lowest ? -lowest * scale : 0.0;
        byte[] table = new byte[256];
        for (int level = 0; level < table.Length; level++)
        {
            table[level] = (byte)Math.Clamp((int)((level * scale) + offset), 0, 255);
        }

        return table;
    }
}
