namespace TransferLearning;

/// <summary>Eight-bit pixels to floats in planes: (value / 255 - mean) / deviation, each step rounded to float32 as PyTorch does.</summary>
internal sealed class PixelNormalizer
{
    // A byte has 256 values, so one table a channel is exact and leaves no arithmetic in the loop.
    private readonly float[] _red;
    private readonly float[] _green;
    private readonly float[] _blue;

    public PixelNormalizer(ChannelValues mean, ChannelValues std)
    {
        _red = Table(mean.Red, std.Red);
        _green = Table(mean.Green, std.Green);
        _blue = Table(mean.Blue, std.Blue);
    }

    /// <summary>Writes the three planes of an image, one after the other.</summary>
    public void Apply(ImagePixels image, Span<float> planes)
    {
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Bytes);
        Span<float> red = planes[..pixels.Length];
        Span<float> green = planes.Slice(pixels.Length, pixels.Length);
        Span<float> blue = planes.Slice(2 * pixels.Length, pixels.Length);
        float[] redTable = _red, greenTable = _green, blueTable = _blue;
        for (int i = 0; i < pixels.Length; i++)
        {
            uint pixel = pixels[i];
            red[i] = redTable[(byte)pixel];
            green[i] = greenTable[(byte)(pixel >> 8)];
            blue[i] = blueTable[(byte)(pixel >> 16)];
        }
    }

    private static float[] Table(float mean, float std)
    {
        if (!float.IsFinite(mean) || !float.IsFinite(std) || std == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(std), $"Mean {mean} and deviation {std} must be finite, the deviation not zero.");
        }

        float[] table = new float[256];
        for (int value = 0; value < table.Length; value++)
        {
            float unit = value / 255f;
            float centred = unit - mean;
            table[value] = centred / std;
        }

        return table;
    }
}
