namespace TransferLearning;

/// <summary>Pixels to floats in planes: (value / 255 - mean) / deviation, with 65535 for 16 bits, each step rounded to float32 as PyTorch
/// does.</summary>
internal sealed class PixelNormalizer
{
    // A byte has 256 values, so one table a channel is exact and leaves no arithmetic in the loop.
    private readonly float[] _red;
    private readonly float[] _green;
    private readonly float[] _blue;
    private readonly ChannelValues _mean;
    private readonly ChannelValues _std;

    public PixelNormalizer(ChannelValues mean, ChannelValues std)
    {
        _red = Table(mean.Red, std.Red);
        _green = Table(mean.Green, std.Green);
        _blue = Table(mean.Blue, std.Blue);
        (_mean, _std) = (mean, std);
    }

    /// <summary>Writes the three planes of an image, one after the other.</summary>
    public void Apply(ImagePixels image, Span<float> planes)
    {
        if (image.IsDeep)
        {
            int count = image.Width * image.Height;
            Plane(image.Samples, planes[..count], _mean.Red, _std.Red);
            Plane(image.Samples[1..], planes.Slice(count, count), _mean.Green, _std.Green);
            Plane(image.Samples[2..], planes.Slice(2 * count, count), _mean.Blue, _std.Blue);
            return;
        }

        Span<uint> pixels = image.Words;
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

    private static void Plane(ReadOnlySpan<ushort> samples, Span<float> plane, float mean, float std)
    {
        for (int i = 0; i < plane.Length; i++)
        {
            float unit = samples[4 * i] / 65535f;
            float centred = unit - mean;
            plane[i] = centred / std;
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
