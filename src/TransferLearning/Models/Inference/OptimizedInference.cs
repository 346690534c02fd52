using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>
/// A network made fast for evaluation: batch normalisation folded into the convolutions, functions and sums fused with them, filters laid
/// out for the CPU, channels last in memory, and bfloat16 where the caller allows it. The network itself is not touched.
/// </summary>
/// <remarks>
/// <para>A faster way is trusted for a size of batch only after two passes over the first such batch agreed with each other in every image,
/// and with the plain network in eight of them, or one for each thread where there are more, spread over the batch: the norm of the
/// difference is at most <see cref="Float32Tolerance"/> or <see cref="BFloat16Tolerance"/> of the norm of the result, and all is finite. A
/// batch somewhat smaller than a trusted one is filled up to it with zeros. Where bfloat16 does not agree, float32 is tried in its place;
/// where that does not either, or oneDNN cannot be trusted, the plain network answers from then on. Each step down is logged.</para>
/// <para>It holds copies of the weights as they are at the first pass. Whoever changes the network's weights disposes it and makes another.
/// It may be used from several threads.</para>
/// </remarks>
internal sealed class OptimizedInference : IDisposable
{
    /// <summary>
    /// How far an image's result may lie from the plain network's: the norm of the difference, as a share of the result's norm.
    /// </summary>
    public const double Float32Tolerance = 1e-4;

    /// <summary>The same in bfloat16, whose numbers have 8 bits. Rounding alone makes half a per cent of a ResNet and 3 to 6 of MobileNetV2
    /// (53 layers, whose bottlenecks have no function to damp it); what is not the network's result differs by about 100.</summary>
    public const double BFloat16Tolerance = 0.1;

    private const int ImagesCompared = 8;

    // Folding, laying out and checking take the time of about five passes.
    private const int FewestPasses = 5;

    private readonly ImageNetwork _network;
    private readonly Device _device;
    private readonly ILogger _logger;
    private readonly bool _fuses;
    private readonly bool _float32IsWorthIt;
    private readonly List<InferenceWay> _made = [];
    private readonly Lock _gate = new();
    private volatile InferenceWay? _way;

    /// <param name="network">The network, in evaluation mode; it stays the caller's and must outlive this.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="precision">BFloat16 allows it where the CPU or GPU has it.</param>
    /// <param name="logger">Where what could not be done is written, or null.</param>
    /// <param name="passes">How many batches will come; for a few of them a float32 form is not worth making.</param>
    /// <exception cref="ArgumentException">The network is in training mode.</exception>
    public OptimizedInference(
        ImageNetwork network, Device device, Precision precision = Precision.Float32, ILogger? logger = null, int passes = int.MaxValue)
    {
        if (network.training)
        {
            throw new ArgumentException("An inference form is made of a network in evaluation mode: call eval() first.", nameof(network));
        }

        (_network, _device, _logger) = (network, device, logger ?? NullLogger.Instance);
        bool casts = PrecisionOn(device, precision) == Precision.BFloat16;
        if (casts != (precision == Precision.BFloat16))
        {
            InferenceLog.NoBFloat16(_logger, network.GetName());
        }

        // One convolution alone (a transformer's patches) is not worth the check.
        _fuses = OneDnnIsUsable(device) && network.modules().Count(module => module is Conv2d) > 1;
        _float32IsWorthIt = _fuses && passes >= FewestPasses;
        _way = casts ? Make(Precision.BFloat16) : _float32IsWorthIt ? Make(Precision.Float32) : null;
    }

    /// <summary>The number type in which it multiplies; once a check in bfloat16 failed that is float32.</summary>
    public Precision Precision => _way?.Precision ?? Precision.Float32;

    /// <summary>Whether a faster way is taken; false where there is none, or once a check in float32 failed.</summary>
    public bool IsFast => _way is not null;

    /// <summary>
    /// What enters the head, as <see cref="ImageNetwork.ForwardFeatures(Tensor)"/> gives it, in float32. The caller disposes it.
    /// </summary>
    /// <param name="images">[N, 3, H, W], float32, on the network's device.</param>
    public Tensor ForwardFeatures(Tensor images) => Run(images, _network.ForwardFeatures, nameof(ForwardFeatures));

    /// <summary>What enters a stage, as <see cref="Network.ForwardBefore"/> gives it, in float32. The caller disposes it.</summary>
    /// <param name="stage">One of the network's <see cref="Network.Divisions"/>.</param>
    /// <param name="images">[N, 3, H, W], float32, on the network's device.</param>
    public Tensor ForwardBefore(string stage, Tensor images) => Run(
        images,
        some =>
        {
            using ImageInput input = new(some.alias());
            return _network.ForwardBefore(stage, input);
        },
        $"before {stage}");

    /// <summary>The logits, [N, classes], in float32. The caller disposes them.</summary>
    /// <param name="images">[N, 3, H, W], float32, on the network's device.</param>
    public Tensor Forward(Tensor images) => Run(images, _network.call, nameof(Forward));

    /// <summary>The number type that a form multiplies in on a device, if the caller allows this one.</summary>
    public static Precision PrecisionOn(Device device, Precision allowed)
        => allowed == Precision.BFloat16
            && Autocast.IsSupported
            && (device.IsCuda || (OneDnnIsUsable(device) && Autocast.ProcessorHasBFloat16))
            ? Precision.BFloat16
            : Precision.Float32;

    /// <summary>In how many batches samples go through a network, the last one perhaps smaller.</summary>
    public static int Passes(int samples, int batchSize) => (int)(((long)samples + batchSize - 1) / batchSize);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _made.ForEach(way => way.Dispose());
            _made.Clear();
        }
    }

    private InferenceWay Make(Precision precision)
    {
        InferenceWay way = new(_device, precision, _fuses);
        _made.Add(way);
        return way;
    }

    private Tensor Run(Tensor images, Func<Tensor, Tensor> forward, string part)
    {
        using IDisposable guard = no_grad();
        long count = images.size(0);
        string kind = $"{part} of [{string.Join(", ", images.shape[1..])}]";
        InferenceWay? way;
        long full = count;
        lock (_gate)
        {
            way = _way;
            if (way is not null)
            {
                if (way.FilledUp(kind, count) is not { } trusted)
                {
                    return Checked(images, forward, kind);
                }

                full = trusted;
            }
        }

        if (way is null || full == count)
        {
            return way?.Run(images, forward) ?? forward(images);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor filled = cat([images, zeros([full - count, .. images.shape[1..]], images.dtype, images.device)], 0);
        return way.Run(filled, forward).narrow(0, 0, count).MoveToOuterDisposeScope();
    }

    private Tensor Checked(Tensor images, Func<Tensor, Tensor> forward, string kind)
    {
        using (Tensor chosen = Spread(images.size(0), images.device))
        using (Tensor some = images.index_select(0, chosen))
        using (Tensor plain = forward(some))
        {
            while (_way is { } way)
            {
                if (Agreed(way, images, forward, chosen, plain, out string fault) is { } result)
                {
                    way.Trust(kind, images.size(0));
                    return result;
                }

                // What was made in bfloat16 is kept: another thread may be in the middle of it.
                _way = way.Precision == Precision.BFloat16 && _float32IsWorthIt ? Make(Precision.Float32) : null;
                InferenceLog.NotTrusted(
                    _logger,
                    way.Precision,
                    _network.GetName(),
                    kind,
                    fault,
                    _way is null ? "the plain network" : "the faster form in float32");
            }
        }

        return forward(images);
    }

    private static Tensor? Agreed(
        InferenceWay way, Tensor images, Func<Tensor, Tensor> forward, Tensor chosen, Tensor plain, out string fault)
    {
        fault = "";
        double tolerance = way.Precision == Precision.BFloat16 ? BFloat16Tolerance : Float32Tolerance;
        try
        {
            using Tensor first = way.Run(images, forward);
            double difference = FromPlain(first);
            if (difference <= tolerance)
            {
                Tensor second = way.Run(images, forward);
                difference = Math.Max(FromPlain(second), Difference(first, second));
                if (difference <= tolerance)
                {
                    return second;
                }

                second.Dispose();
            }

            fault = $"its results differ by {difference:g3} of their norm";
        }
        catch (ExternalException exception)
        {
            fault = exception.Message.Split('\n')[0];
        }

        return null;

        double FromPlain(Tensor fast)
        {
            using Tensor some = fast.index_select(0, chosen);
            return Difference(plain, some);
        }
    }

    /// <summary>Numbers of images from the first to the last of a batch, so many that every thread's share of the work has one.</summary>
    private static Tensor Spread(long count, torch.Device device)
    {
        int wanted = (int)Math.Min(count, Math.Max(ImagesCompared, get_num_threads()));
        return tensor(Enumerable.Range(0, wanted).Select(i => i * (count - 1) / Math.Max(wanted - 1, 1)).ToArray(), device: device);
    }

    private static bool OneDnnIsUsable(Device device)
        => !device.IsCuda && LibTorch.OneDnnIsOn && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    // The largest over the images; NaN where a number is not finite, which is within no tolerance.
    private static double Difference(Tensor plain, Tensor fast)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor difference = plain.sub(fast).flatten(1).norm(1);
        Tensor share = difference.div(plain.flatten(1).norm(1));
        return where(difference.eq(Scalars.Zero), difference, share).max().item<float>();
    }
}
