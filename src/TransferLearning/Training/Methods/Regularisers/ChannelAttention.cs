namespace TransferLearning;

/// <summary>How much each channel of some layers matters to a task, for <see cref="Delta"/>: the weights of a layer sum to 1.</summary>
/// <param name="Weights">The weights of the channels, for each layer.</param>
public sealed record ChannelAttention(IReadOnlyDictionary<string, IReadOnlyList<double>> Weights)
{
    // The authors' temperature.
    private const double Temperature = 5;

    /// <summary>The layers.</summary>
    internal IReadOnlyList<string> Layers => [.. Weights.Keys];

    /// <summary>The weights of a layer from the rise of the loss when each channel is taken out: standardised, divided by 5, through a
    /// softmax, as the authors do.</summary>
    internal static IReadOnlyList<double> OfLosses(IReadOnlyList<double> rises)
    {
        double mean = rises.Average();
        double deviation = Math.Sqrt(rises.Average(rise => (rise - mean) * (rise - mean)));
        double[] powers = [.. rises.Select(rise => Math.Exp(deviation == 0 ? 0 : (rise - mean) / deviation / Temperature))];
        return [.. powers.Select(power => power / powers.Sum())];
    }

    /// <summary>The weights of a layer as a tensor on a device; the caller disposes it.</summary>
    /// <exception cref="ArgumentException">There are none, or not as many as channels.</exception>
    internal Tensor Of(string layer, long channels, Device device)
        => Weights.TryGetValue(layer, out IReadOnlyList<double>? weights) && weights.Count == channels
            ? tensor([.. weights.Select(weight => (float)weight)], device: device.ToTorch()).DetachFromDisposeScope()
            : throw new ArgumentException(
                $"The attention has {(weights is null ? "no weights" : $"{weights.Count} weights")} for '{layer}', which gives {channels} "
                    + "channels: measure it on this network with MeasureAttention.");
}
