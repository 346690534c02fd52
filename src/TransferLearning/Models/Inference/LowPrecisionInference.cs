using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>A network for texts or sounds that multiplies in bfloat16, or whose linear layers multiply whole numbers. The network itself is
/// not touched.</summary>
/// <remarks>Its results for the first batch must lie within <see cref="OptimizedInference.BFloat16Tolerance"/> or
/// <see cref="OptimizedInference.Int8Tolerance"/> of those in float32, else the plain network answers and the log says so; the ranges of
/// whole numbers are those of that batch. With the first batch that is large enough it is timed beside the plain network, which answers
/// from then on where that is faster; <see cref="MeasuredForms"/> remembers it. May be used from several threads.</remarks>
internal sealed class LowPrecisionInference : IDisposable
{
    // The lower precision must gain something for being less exact.
    private const double Gain = 0.95;

    // Below this the first pass in float32, which may have been a slow one, says enough.
    private const double Clear = 0.6;

    private const string PlainForm = "plain";

    private readonly Network _network;
    private readonly ILogger _logger;
    private readonly long _fewestMeasured; // counted once, as every small batch asks
    private readonly MeasuredForms _forms;
    private readonly InferenceWay _lower;
    private readonly Lock _gate = new();
    private volatile InferenceWay? _way;
    private bool _isChecked;
    private bool _isChosen;

    /// <param name="network">The network, in evaluation mode; it stays the caller's and must outlive this.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="precision">A lower one than float32, which the machine serves.</param>
    /// <param name="logger">Receives what was chosen and why.</param>
    /// <param name="measures">Whether the forms may be timed; else the lower precision is taken if it agrees, the same in every
    /// process.</param>
    /// <param name="forms">Where what was the fastest is remembered; null for the record that all share.</param>
    public LowPrecisionInference(
        Network network, Device device, Precision precision, ILogger? logger = null, bool measures = true, MeasuredForms? forms = null)
    {
        (_network, _logger, _forms) = (network, logger ?? NullLogger.Instance, forms ?? MeasuredForms.Shared);
        _fewestMeasured = measures && !device.IsCuda && _forms.IsOn ? NetworkWork.FewestMeasured(network) : long.MaxValue;
        _way = _lower = new InferenceWay(device, precision, fuses: precision == Precision.Int8);
    }

    /// <summary>The number type that it multiplies in.</summary>
    public Precision Precision => _way?.Precision ?? Precision.Float32;

    /// <summary>What a part of the network gives for examples, in float32; the caller disposes it.</summary>
    /// <param name="input">The examples, on the network's device; they stay the caller's.</param>
    /// <param name="forward">Runs the part.</param>
    /// <param name="part">Which part that is.</param>
    public Tensor Run(ModelInput input, Func<ModelInput, Tensor> forward, string part)
    {
        using IDisposable guard = no_grad();
        lock (_gate)
        {
            if (_way is not null && (!_isChecked || (!_isChosen && IsMeasured(input))))
            {
                return Checked(input, forward, part);
            }
        }

        return _way?.Run(() => forward(input)) ?? forward(input);
    }

    /// <inheritdoc/>
    public void Dispose() => _lower.Dispose();

    private bool IsMeasured(ModelInput input) => input.Count >= _fewestMeasured;

    private Tensor Checked(ModelInput input, Func<ModelInput, Tensor> forward, string part)
    {
        string key = IsMeasured(input) ? NetworkWork.Key(_network, $"{part} in {_lower.Precision} or not", [input.Count]) : "";
        if (key.Length > 0 && _forms.Find(key, [$"{_lower.Precision}", PlainForm], _logger) is { } known)
        {
            _isChosen = true;
            InferenceLog.Remembered(_logger, _network.GetName(), known, part);
            if (known == PlainForm)
            {
                _way = null;
                return forward(input);
            }
        }

        bool observes = _lower.Observes;
        (Tensor plain, double plainSeconds) = FormClock.Timed(() => observes ? _lower.Run(() => forward(input)) : forward(input));
        Tensor lower = _lower.Run(() => forward(input));
        double difference = OptimizedInference.Difference(plain, lower);
        bool isTrusted = difference <= (_lower.Precision == Precision.Int8
            ? OptimizedInference.Int8Tolerance : OptimizedInference.BFloat16Tolerance);
        _isChecked = true;
        if (!isTrusted)
        {
            InferenceLog.NotTrusted(
                _logger, _lower.Precision, _network.GetName(), "the first batch", $"its results differ by {difference:g3} of their norm",
                "the plain network");
        }
        else if (observes)
        {
            InferenceLog.Quantized(_logger, _network.GetName(), difference);
        }

        if (isTrusted && key.Length > 0 && !_isChosen)
        {
            isTrusted = IsFaster(input, forward, part, key, plainSeconds);
        }

        _way = isTrusted ? _lower : null;
        (isTrusted ? plain : lower).Dispose();
        return isTrusted ? lower : plain;
    }

    private bool IsFaster(ModelInput input, Func<ModelInput, Tensor> forward, string part, string key, double plainSeconds)
    {
        double seconds = FormClock.Seconds(() => _lower.Run(() => forward(input)));
        if (seconds > Clear * plainSeconds)
        {
            plainSeconds = Math.Min(plainSeconds, FormClock.Seconds(() => forward(input)));
            seconds = Math.Min(seconds, FormClock.Seconds(() => _lower.Run(() => forward(input))));
        }

        _isChosen = true;
        string form = seconds < Gain * plainSeconds ? $"{_lower.Precision}" : PlainForm;
        _forms.Keep(key, form, _logger);
        string times = $"{FormClock.Said($"{_lower.Precision}", seconds)}, {FormClock.Said(PlainForm, plainSeconds)}";
        InferenceLog.Chosen(_logger, _network.GetName(), form, part, $"{input.Count} examples took {times}");
        return form != PlainForm;
    }
}
