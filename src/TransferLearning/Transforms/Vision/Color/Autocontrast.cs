namespace TransferLearning;

/// <summary>Stretches each channel so that its lowest level becomes 0 and its highest 255.</summary>
public sealed class Autocontrast : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "Autocontrast";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels picture, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return Levels.Replace(picture, Table(picture, 0), Table(picture, 1), Table(picture, 2));
    }

    private static byte[] Table(ImagePixels picture, int channel)
    {
        int[] counts = Levels.Histogram(picture, channel);
        int lowest = Array.FindIndex(counts, count => count > 0);
        int highest = Array.FindLastIndex(counts, count => count > 0);
        double scale = highest > lowest ? 255.0 / (highest - lowest) : 1.0;
        double offset = highest > lowest ? -lowest * scale : 0.0;
        var table = new byte[256];
        for (int level = 0; level < table.Length; level++)
        {
            table[level] = (byte)Math.Clamp((int)((level * scale) + offset), 0, 255);
        }

        return table;
    }
}
