namespace TransferLearning;

/// <summary>
/// One faster way to run a network, and the batches for which it has been checked. Whoever asks or adds holds the form's lock.
/// </summary>
internal sealed class InferenceWay(Device device, Precision precision, bool fuses) : IDisposable
{
    // Two passes of this one and one of the plain network, which takes as long as so many of this one.
    private readonly int _costOfCheck = 2 + (precision == Precision.Int8 ? 6 : 2);

    private readonly HashSet<(string Kind, long Count)> _trusted = [];
    private readonly Dictionary<(string Kind, long Count), long> _filled = []; // with how many images so far
    private readonly FusedConvolutions? _convolutions = !fuses
        ? null
        : new FusedConvolutions(
            precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32,
            precision == Precision.Int8 ? new QuantizedLayers() : null);

    /// <summary>The number type in which it multiplies.</summary>
    public Precision Precision => precision;

    /// <summary>Whether the next pass is one of the plain network, which observes the ranges of whole numbers for all others.</summary>
    public bool Observes => _convolutions?.Observes == true;

    /// <summary>How many images a batch is filled up to so that it needs no check of its own; null once filling up such batches would
    /// have cost more than a check.</summary>
    /// <param name="kind">What is computed of images of which shape.</param>
    /// <param name="count">How many images there are.</param>
    public long? FilledUp(string kind, long count)
    {
        if (_trusted.Where(batch => batch.Kind == kind && batch.Count >= count).Min(batch => (long?)batch.Count) is not { } full)
        {
            return null;
        }

        long filled = _filled.GetValueOrDefault((kind, count)) + full - count;
        if (filled > _costOfCheck * count)
        {
            return null;
        }

        _filled[(kind, count)] = filled;
        return full;
    }

    /// <summary>Notes that a check of such a batch went well.</summary>
    public void Trust(string kind, long count) => _trusted.Add((kind, count));

    /// <summary>What the network gives, in float32. The caller disposes it.</summary>
    /// <param name="forward">Runs it.</param>
    public Tensor Run(Func<Tensor> forward)
    {
        using Autocast? cast = precision == Precision.BFloat16 ? new Autocast(device.Type) : null;
        Tensor result = FusedConvolutions.Run(_convolutions, forward);
        _convolutions?.Settle();
        if (result.dtype == ScalarType.Float32)
        {
            return result;
        }

        using (result)
        {
            return _convolutions?.Float(result) ?? result.to(ScalarType.Float32);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _convolutions?.Dispose();
}
