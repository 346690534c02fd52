namespace TransferLearning.Layers;

/// <summary>The smallest and the largest number that went into a layer, and that came out of it.</summary>
internal sealed class ObservedRange
{
    private double _smallestIn, _largestIn, _smallestOut, _largestOut;

    /// <summary>How what goes in is made whole numbers.</summary>
    public QuantizedRange Input => QuantizedRange.Of(_smallestIn, _largestIn);

    /// <summary>How what comes out is.</summary>
    public QuantizedRange Output => QuantizedRange.Of(_smallestOut, _largestOut);

    /// <summary>Widens the ranges.</summary>
    public void Add(Tensor input, Tensor output)
    {
        using DisposeScope scope = NewDisposeScope();
        (_smallestIn, _largestIn) = (Math.Min(_smallestIn, Number(input.min())), Math.Max(_largestIn, Number(input.max())));
        (_smallestOut, _largestOut) = (Math.Min(_smallestOut, Number(output.min())), Math.Max(_largestOut, Number(output.max())));
    }

    private static double Number(Tensor one) => one.to(ScalarType.Float32).item<float>();
}
