using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning.Layers;

/// <summary>Copies of a network's weights in fewer bits, with which a decoder's step multiplies its few rows: it takes as long as weights
/// are read. A copy is made when its layer first multiplies a few rows, and its product compared with that of the weight.</summary>
/// <remarks>They hold the weights as they were; whoever may change these disposes them first. For any number of threads.</remarks>
/// <param name="precision">BFloat16 or Int8.</param>
/// <param name="network">The name of the network.</param>
/// <param name="logger">Receives which weights have no copy; null for none.</param>
internal sealed class NarrowWeights(Precision precision, string network, ILogger? logger = null) : IDisposable
{
    // Rounding makes a fifth of a per cent in bfloat16 and 0.8 in 8 bits.
    private const double Tolerance = 0.05;

    // With more rows the processor multiplies longer than it reads.
    private const long MostRows = 12;

    // Of the trial: larger than the processor's own memory, as a network is.
    private const int Inputs = 768, Outputs = 1 << 15;

    private static readonly Lazy<bool> BFloat16IsFaster = new(() => Prefers(Precision.BFloat16, MeasuredForms.Shared));
    private static readonly Lazy<bool> Int8IsFaster = new(() => Prefers(Precision.Int8, MeasuredForms.Shared));

    private readonly ILogger _logger = logger ?? NullLogger.Instance;
    private readonly Lock _gate = new();
    private readonly Dictionary<Parameter, NarrowWeight?> _copies = new(ReferenceEqualityComparer.Instance); // null: not to be used

    /// <summary>What the copies take.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _copies.Values.Sum(copy => copy?.Bytes ?? 0);
            }
        }
    }

    /// <summary>Whether a decoder's step is faster with such copies here.</summary>
    /// <param name="device">Where the network is.</param>
    /// <param name="precision">The number type.</param>
    public static bool AreFaster(Device device, Precision precision) => !device.IsCuda && NarrowProduct.IsSupported && precision switch
    {
        Precision.BFloat16 => BFloat16IsFaster.Value,
        Precision.Int8 => Int8IsFaster.Value,
        _ => false,
    };

    /// <summary>Whether they are, as it is measured once and remembered; where forms are not measured, yes.</summary>
    public static bool Prefers(Precision precision, MeasuredForms forms) => !forms.IsFaster(
        $"products of 1 row with weights in {precision}",
        $"{Precision.Float32}",
        $"{precision}",
        1,
        () =>
        {
            Tensor input = ones(1, Inputs), weight = ones(Outputs, Inputs);
            NarrowWeight copy = new(weight, precision);
            return (() => nn.functional.linear(input, weight), () => copy.Multiply(input, null));
        });

    /// <summary>x W + b with the copy of a weight; null where it is to be done without.</summary>
    /// <param name="input">[…, inputs] float32 on the CPU, not empty.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="stored">The network's own tensor that the weight is, or is a view of; null for one that is computed.</param>
    /// <param name="bias">[outputs], or null.</param>
    public Tensor? Multiply(Tensor input, Tensor weight, Parameter? stored, Tensor? bias)
    {
        if (stored is null || input.numel() > MostRows * input.size(-1))
        {
            return null;
        }

        NarrowWeight? copy;
        lock (_gate)
        {
            if (!_copies.TryGetValue(stored, out copy))
            {
                _copies.Add(stored, copy = Checked(input, weight));
            }
        }

        return copy?.Multiply(input, bias);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (NarrowWeight? copy in _copies.Values)
            {
                copy?.Dispose();
            }

            _copies.Clear();
        }
    }

    private NarrowWeight? Checked(Tensor input, Tensor weight)
    {
        using DisposeScope scope = NewDisposeScope();
        if (!NarrowWeight.Suits(weight))
        {
            FormsLog.NotCopied(_logger, precision, network, string.Join(" x ", weight.shape), "its shape is not one for them");
            return null;
        }

        NarrowWeight copy = new(weight, precision);
        Tensor plain = nn.functional.linear(input, weight), narrow = copy.Multiply(input, null);
        double difference = plain.sub(narrow).norm().div(plain.norm()).item<float>();
        if (difference <= Tolerance || plain.eq(narrow).all().item<bool>())
        {
            return copy.Keep();
        }

        FormsLog.NotCopied(
            _logger, precision, network, string.Join(" x ", weight.shape), $"its product differs by {difference:g3} of its norm");
        return null;
    }
}
