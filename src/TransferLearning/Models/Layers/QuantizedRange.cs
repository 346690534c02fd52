namespace TransferLearning.Layers;

/// <summary>How numbers become whole ones from 0 to 255: q = round(x / scale) + zero.</summary>
/// <param name="Scale">The step from one whole number to the next.</param>
/// <param name="Zero">The whole number that stands for 0.</param>
internal sealed record QuantizedRange(double Scale, int Zero)
{
    private const int Levels = 255;

    /// <summary>The range from the smallest to the largest number, which always holds 0.</summary>
    public static QuantizedRange Of(double smallest, double largest)
    {
        double scale = Math.Max(Math.Max(largest, 0) - Math.Min(smallest, 0), 1e-12) / Levels;
        return new QuantizedRange(scale, (int)Math.Round(-Math.Min(smallest, 0) / scale));
    }

    /// <summary>Float32 as whole numbers, uint8.</summary>
    public Tensor Apply(Tensor input) => WholeNumbers.Of(input, Scale, Zero);

    /// <summary>The numbers that whole ones stand for, in float32.</summary>
    public Tensor Undo(Tensor whole) => whole.to(ScalarType.Float32).AddInPlace(-Zero).MultiplyInPlace(Scale);
}
