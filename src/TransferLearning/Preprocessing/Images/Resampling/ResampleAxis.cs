namespace TransferLearning;

/// <summary>Which input pixels each output pixel of one axis is made of, and with what fixed-point weights (22 bits). Every output pixel
/// has the same number of taps; missing ones have weight zero.</summary>
internal sealed class ResampleAxis : IDisposable
{
    /// <summary>The number of bits after the point: 32 minus 8 of the pixel minus 2 for overshoot.</summary>
    public const int Bits = 22;

    private int[] _starts;
    private int[] _weights;

    private ResampleAxis(int count, int taps, int repeat)
    {
        Count = count;
        Taps = taps;
        _starts = ArrayPool<int>.Shared.Rent(count);
        _weights = ArrayPool<int>.Shared.Rent(checked(count * taps * repeat));
        WeightsPerPixel = taps * repeat;
    }

    /// <summary>The number of output pixels.</summary>
    public int Count { get; }

    /// <summary>The number of input pixels that each output pixel reads.</summary>
    public int Taps { get; }

    /// <summary>The number of weights stored for one output pixel: <see cref="Taps"/>, times how often each is repeated.</summary>
    public int WeightsPerPixel { get; }

    /// <summary>The first input pixel of each output pixel.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Count);

    /// <summary>The weights, output pixel after output pixel.</summary>
    public ReadOnlySpan<int> Weights => _weights.AsSpan(0, Count * WeightsPerPixel);

    /// <summary>The first input pixel that any output pixel reads.</summary>
    public int FirstInput => Starts[0];

    /// <summary>The number of input pixels from the first that is read to the last.</summary>
    public int InputCount => Starts[^1] + Taps - Starts[0];

    /// <summary>Computes the weights of some output pixels.</summary>
    /// <param name="interpolation">The filter.</param>
    /// <param name="input">The whole axis before.</param>
    /// <param name="outputSize">The length of the whole axis after.</param>
    /// <param name="first">The first output pixel that is wanted.</param>
    /// <param name="count">How many output pixels are wanted.</param>
    /// <param name="tapMultiple">The taps are filled up with zeros to a multiple of this, where the axis is long enough.</param>
    /// <param name="repeat">How often each weight is stored: 4 for a vector of a pixel's channels.</param>
    public static ResampleAxis Create(
        Interpolation interpolation, PixelExtent input, long outputSize, long first, int count, int tapMultiple = 1, int repeat = 1)
    {
        double scale = input.Length / outputSize;
        double stretch = Math.Max(scale, 1.0);
        double reach = ResampleFilter.Radius(interpolation) * stretch;
        int needed = 1;
        for (int i = 0; i < count; i++)
        {
            needed = Math.Max(needed, Range(first + i, input, scale, reach).Length);
        }

        int rounded = (needed + tapMultiple - 1) / tapMultiple * tapMultiple;
        ResampleAxis axis = new(count, rounded <= input.Count ? rounded : needed, repeat);
        axis.Fill(interpolation, input, first, scale, stretch, reach, repeat);
        return axis;
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_starts);
        ArrayPool<int>.Shared.Return(_weights);
        _starts = [];
        _weights = [];
    }

    private static double Centre(long output, PixelExtent input, double scale) => input.Start + ((output + 0.5) * scale);

    private static (int Start, int Length) Range(long output, PixelExtent input, double scale, double reach)
    {
        double centre = Centre(output, input, scale);
        int start = Math.Max((int)(centre - reach + 0.5), 0);
        int end = Math.Min((int)(centre + reach + 0.5), input.Count);
        return (start, end - start);
    }

    private void Fill(Interpolation interpolation, PixelExtent input, long first, double scale, double stretch, double reach, int repeat)
    {
        double narrowing = 1.0 / stretch;
        double[] exact = ArrayPool<double>.Shared.Rent(Taps);
        Array.Clear(_weights, 0, Count * WeightsPerPixel);
        for (int i = 0; i < Count; i++)
        {
            (int start, int length) = Range(first + i, input, scale, reach);
            double centre = Centre(first + i, input, scale);
            double sum = 0;
            for (int tap = 0; tap < length; tap++)
            {
                exact[tap] = ResampleFilter.Weight(interpolation, (tap + start - centre + 0.5) * narrowing);
                sum += exact[tap];
            }

            // Taps must not reach past the axis, so the last pixels begin earlier, with zeros in front.
            _starts[i] = Math.Min(start, input.Count - Taps);
            Span<int> weights = _weights.AsSpan((i * WeightsPerPixel) + ((start - _starts[i]) * repeat), length * repeat);
            for (int tap = 0; tap < length; tap++)
            {
                weights.Slice(tap * repeat, repeat).Fill(FixedPoint(sum != 0.0 ? exact[tap] / sum : exact[tap]));
            }
        }

        ArrayPool<double>.Shared.Return(exact);
    }

    private static int FixedPoint(double weight) => (int)((weight * (1 << Bits)) + (weight < 0 ? -0.5 : 0.5));
}
