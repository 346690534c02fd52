namespace TransferLearning.Layers;

/// <summary>The smallest and the largest number that went into a layer, and that came out of it where that is asked.</summary>
internal sealed class ObservedRange
{
    private (double Smallest, double Largest) _input, _output; // zero is always in them

    /// <summary>How what goes in is made whole numbers.</summary>
    public QuantizedRange Input => QuantizedRange.Of(_input.Smallest, _input.Largest);

    /// <summary>How what comes out is.</summary>
    public QuantizedRange Output => QuantizedRange.Of(_output.Smallest, _output.Largest);

    /// <summary>Widens the ranges; no output means that it need not be known.</summary>
    public void Add(Tensor input, Tensor? output)
    {
        _input = With(_input, input);
        _output = output is null ? _output : With(_output, output);
    }

    private static (double Smallest, double Largest) With((double Smallest, double Largest) range, Tensor numbers)
    {
        using DisposeScope scope = NewDisposeScope();
        bool hasChannelsLast = numbers.dim() == 4 && MemoryLayout.HasChannelsLast(numbers); // else it would be copied
        (Tensor smallest, Tensor largest) = aminmax(hasChannelsLast ? numbers.permute(0, 2, 3, 1) : numbers);
        return (Math.Min(range.Smallest, Number(smallest)), Math.Max(range.Largest, Number(largest)));
    }

    private static double Number(Tensor one) => one.to(ScalarType.Float32).item<float>();
}
