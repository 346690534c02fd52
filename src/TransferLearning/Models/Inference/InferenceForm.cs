using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A network made fast for evaluation: batch normalisation folded into the convolutions, functions and sums fused with them, filters laid
/// out for the processor, channels last in memory, and bfloat16 where the caller allows it. The network itself is not touched.
/// </summary>
/// <remarks>
/// <para>The faster way is trusted for a shape of input only after two passes over the first such input agreed with the plain network, within
/// <see cref="Float32Tolerance"/> or <see cref="BFloat16Tolerance"/> of the largest output. Where one does not, a note is logged and the
/// plain network answers from then on, as it does where oneDNN cannot be trusted.</para>
/// <para>It holds copies of the weights as they are at the first pass. Whoever changes the network's weights disposes it and makes another.
/// It may be used from several threads.</para>
/// </remarks>
internal sealed class InferenceForm : IDisposable
{
    /// <summary>How far results may lie from the plain network's, as a share of the largest.</summary>
    public const double Float32Tolerance = 1e-4;

    /// <summary>The same in bfloat16, whose numbers have 8 bits.</summary>
    public const double BFloat16Tolerance = 0.05;

    private const int ChecksOfShape = 2;

    // Folding, laying out and checking take the time of about five passes.
    private const int FewestPasses = 8;

    [ThreadStatic]
    private static InferenceForm? _active;

    private readonly Network _network;
    private readonly Device _device;
    private readonly ILogger _logger;
    private readonly ScalarType _type;
    private readonly bool _packs;
    private readonly Lock _gate = new();
    private readonly Dictionary<Conv2d, PackedConvolution> _convolutions = [];
    private readonly HashSet<string> _trusted = [];
    private volatile bool _isFast;

    /// <param name="network">The network, in evaluation mode; it stays the caller's and must outlive this.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="precision">BFloat16 allows it where the processor or GPU has it.</param>
    /// <param name="logger">Told what could not be done, or null.</param>
    /// <param name="passes">How many batches will come; for a few of them a float32 form is not worth making.</param>
    /// <exception cref="ArgumentException">The network is in training mode.</exception>
    public InferenceForm(Network network, Device device, Precision precision = Precision.Float32, ILogger? logger = null, int passes = int.MaxValue)
    {
        if (network.training)
        {
            throw new ArgumentException("An inference form is made of a network in evaluation mode: call eval() first.", nameof(network));
        }

        (_network, _device, _logger) = (network, device, logger ?? NullLogger.Instance);
        Precision = PrecisionOn(device, precision);
        bool casts = Precision == Precision.BFloat16;
        if (casts != (precision == Precision.BFloat16))
        {
            InferenceLog.NoBFloat16(_logger, network.GetName());
        }

        _type = casts ? ScalarType.BFloat16 : ScalarType.Float32;

        // One convolution alone (a transformer's patches) is not worth the check.
        _packs = OneDnnIsUsable(device) && network.modules().Count(module => module is Conv2d) > 1;
        _isFast = casts || (_packs && passes >= FewestPasses);
    }

    /// <summary>The form in which the calling thread runs a network now, or null: what layers ask.</summary>
    public static InferenceForm? Active => _active;

    /// <summary>The number type in which it multiplies.</summary>
    public Precision Precision { get; }

    /// <summary>Whether the faster way is taken; false where there is none, or once a check failed.</summary>
    public bool IsFast => _isFast;

    /// <summary>What enters the head, as <see cref="Network.ForwardFeatures"/> gives it, in float32. The caller disposes it.</summary>
    /// <param name="images">[N, 3, H, W], float32, on the network's device.</param>
    public Tensor ForwardFeatures(Tensor images) => Run(images, _network.ForwardFeatures, nameof(ForwardFeatures));

    /// <summary>The logits, [N, classes], in float32. The caller disposes them.</summary>
    /// <param name="images">[N, 3, H, W], float32, on the network's device.</param>
    public Tensor Forward(Tensor images) => Run(images, _network.call, nameof(Forward));

    /// <summary>The number type that a form multiplies in on a device, if the caller allows this one.</summary>
    public static Precision PrecisionOn(Device device, Precision allowed)
        => allowed == Precision.BFloat16 && Autocast.IsSupported && (device.IsCuda || (OneDnnIsUsable(device) && Autocast.ProcessorHasBFloat16))
            ? Precision.BFloat16
            : Precision.Float32;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (PackedConvolution convolution in _convolutions.Values)
            {
                convolution.Dispose();
            }

            _convolutions.Clear();
        }
    }

    /// <summary>What <see cref="ConvNorm.Run"/> computes, in one operation.</summary>
    internal Tensor Convolve(Conv2d convolution, BatchNorm2d? norm, Tensor input, PointwiseFunction? function, Tensor? addend)
    {
        using Tensor? padded = convolution.Pad(input);
        PackedConvolution? packed;
        lock (_gate)
        {
            if (!_convolutions.TryGetValue(convolution, out packed))
            {
                packed = new PackedConvolution(convolution, norm, padded ?? input, _type);
                _convolutions.Add(convolution, packed);
            }
        }

        return packed.Run(padded ?? input, function, addend);
    }

    private Tensor Run(Tensor images, Func<Tensor, Tensor> forward, string part)
    {
        using IDisposable guard = no_grad();
        string shape = $"{part} [{string.Join(", ", images.shape)}]";
        lock (_trusted)
        {
            if (_isFast && !_trusted.Contains(shape))
            {
                return Checked(images, forward, shape);
            }
        }

        return _isFast ? Fast(images, forward) : forward(images);
    }

    private Tensor Checked(Tensor images, Func<Tensor, Tensor> forward, string shape)
    {
        Tensor plain = forward(images);
        try
        {
            for (int check = 1; check <= ChecksOfShape; check++)
            {
                Tensor fast = Fast(images, forward);
                double difference = Difference(plain, fast);
                if (!(difference <= (Precision == Precision.BFloat16 ? BFloat16Tolerance : Float32Tolerance)))
                {
                    fast.Dispose();
                    return GiveUp($"its results differ by {difference:g3} of the largest");
                }

                if (check == ChecksOfShape)
                {
                    _trusted.Add(shape);
                    plain.Dispose();
                    return fast;
                }

                fast.Dispose();
            }
        }
        catch (ExternalException exception)
        {
            return GiveUp(exception.Message.Split('\n')[0]);
        }

        return plain;

        Tensor GiveUp(string reason)
        {
            _isFast = false;
            InferenceLog.NotTrusted(_logger, _network.GetName(), shape, reason);
            return plain;
        }
    }

    private Tensor Fast(Tensor images, Func<Tensor, Tensor> forward)
    {
        InferenceForm? outer = _active;
        using Autocast? cast = Precision == Precision.BFloat16 ? new Autocast(_device) : null;
        _active = _packs ? this : null;
        try
        {
            Tensor result = forward(images);
            if (result.dtype == ScalarType.Float32)
            {
                return result;
            }

            using (result)
            {
                return result.to(ScalarType.Float32);
            }
        }
        finally
        {
            _active = outer;
        }
    }

    private static bool OneDnnIsUsable(Device device)
        => !device.IsCuda && LibTorch.OneDnnIsOn && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private static double Difference(Tensor plain, Tensor fast)
    {
        using DisposeScope scope = NewDisposeScope();
        double largest = plain.abs().max().item<float>();
        double difference = (plain - fast).abs().max().item<float>();
        return difference == 0 ? 0 : difference / largest;
    }
}
