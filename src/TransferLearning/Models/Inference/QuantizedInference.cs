namespace TransferLearning;

/// <summary>A network whose linear layers multiply whole numbers, for frozen encoders of texts and sounds. The network itself is not
/// touched.</summary>
/// <remarks>The ranges are those of the first batch. It is trusted when the results of that batch lie within
/// <see cref="OptimizedInference.Int8Tolerance"/> of those in float32; else the plain network answers, and the log says so. May be used
/// from several threads.</remarks>
internal sealed class QuantizedInference(Network network, Device device, ILogger logger) : IDisposable
{
    private readonly Lock _gate = new();
    private InferenceWay? _way = new(device, Precision.Int8, fuses: true);
    private bool _isChecked;

    /// <summary>Whether it multiplies whole numbers; false once their results were too far off.</summary>
    public bool IsTrusted => _way is not null;

    /// <summary>What a part of the network gives for examples, in float32; the caller disposes it.</summary>
    public Tensor Run(ModelInput input, Func<ModelInput, Tensor> forward)
    {
        using IDisposable guard = no_grad();
        lock (_gate)
        {
            if (!_isChecked)
            {
                _isChecked = true;
                return Checked(input, forward);
            }
        }

        return _way?.Run(() => forward(input)) ?? forward(input);
    }

    /// <inheritdoc/>
    public void Dispose() => _way?.Dispose();

    private Tensor Checked(ModelInput input, Func<ModelInput, Tensor> forward)
    {
        Tensor plain = _way!.Run(() => forward(input)); // in float32, while ranges are observed
        Tensor whole = _way.Run(() => forward(input));
        double difference = OptimizedInference.Difference(plain, whole);
        if (difference <= OptimizedInference.Int8Tolerance)
        {
            InferenceLog.Quantized(logger, network.GetName(), difference);
            plain.Dispose();
            return whole;
        }

        InferenceLog.NotTrusted(
            logger, Precision.Int8, network.GetName(), "the first batch", $"its results differ by {difference:g3} of their norm",
            "the plain network");
        _way.Dispose();
        _way = null;
        whole.Dispose();
        return plain;
    }
}
