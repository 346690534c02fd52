using System.Runtime.Intrinsics.X86;
using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>
/// A network made fast for evaluation: batch normalisation folded into the convolutions, functions and sums fused with them, filters laid
/// out for the CPU, channels last in memory, and bfloat16 where the caller allows it. The network itself is not touched.
/// </summary>
/// <remarks>
/// <para>A faster way is trusted for a size of batch only after two passes over the first such batch agreed with each other in every image,
/// and with the plain network in four of them, or one for each thread where there are more, spread over the batch; of whole numbers one
/// pass must agree with the plain network in every image of the first batch, which shows their ranges too. The norm of the difference is
/// at most <see cref="Float32Tolerance"/>, <see cref="BFloat16Tolerance"/> or <see cref="Int8Tolerance"/> of the norm of the result, and
/// all is finite. A batch smaller than a trusted one is filled up to it with zeros until that has cost as much as a check. Where a lower
/// precision does not agree, float32 is tried in its place; where that does not either, or oneDNN cannot be trusted, the plain network
/// answers from then on. Each step down is logged.</para>
/// <para>With the first batch that is large enough the forms that agree are timed, and the fastest answers from then on: a number type
/// that is allowed is not taken where it is slower. <see cref="MeasuredForms"/> remembers it.</para>
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

    /// <summary>The same in whole numbers of 8 bits: a ResNet-18 differs by about 3 per cent.</summary>
    public const double Int8Tolerance = 0.1;

    private const int ImagesCompared = 4;

    // So many go through a network at once, 16 images of 224 pixels. More at once gain nothing on a CPU, and take more memory and a longer
    // check.
    private const long NumbersAtOnce = 16 * 3 * 224 * 224, FewestAtOnce = 8;

    // Folding, laying out and checking take the time of about five passes.
    private const int FewestPasses = 5;

    // Of smaller batches the clock says nothing, and there is little to gain: 14 images of 56 pixels. A lower precision may be slower by
    // far, so it is measured sooner: 11 images of 32 pixels.
    private const long FewestNumbers = 1 << 17, FewestForLowPrecision = 1 << 15, FewestMeasured = 8;

    // Below the first the faster way is clearly that, above the second a lower precision is compared with float32 too. A fused network in
    // float32 takes about 0.6 of the plain one's time.
    private const double Clear = 0.85, ClearForLowPrecision = 0.5;

    // The plain network is taken only where it is faster by more than the clock's noise.
    private const double Doubt = 1.1;

    // So few images, 2 to 8, say whether bfloat16 can be worth a pass over all: where the CPU multiplies it slowly that takes seconds.
    private const long FewestTried = 2, NumbersTried = 1 << 17;

    private const string PlainForm = "plain";

    private readonly ImageNetwork _network;
    private readonly Device _device;
    private readonly ILogger _logger;
    private readonly bool _fuses;
    private readonly bool _measures;
    private readonly long _samples;
    private readonly int _batchSize;
    private readonly MeasuredForms _forms;
    private readonly List<InferenceWay> _made = [];
    private readonly Lock _gate = new();
    private volatile InferenceWay? _way;
    private bool _float32IsWorthIt;
    private bool _hasBegun;
    private bool _isChosen;

    /// <param name="network">The network, in evaluation mode; it stays the caller's and must outlive this.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="precision">BFloat16 allows it where the CPU or GPU has it.</param>
    /// <param name="logger">Where what could not be done is written, or null.</param>
    /// <param name="samples">How many images will come; for a few of them a float32 form is not worth making.</param>
    /// <param name="batchSize">In batches of at most how many.</param>
    /// <param name="measures">Whether forms may be timed; else the first that agrees is taken, the same in every process.</param>
    /// <param name="forms">Where what was the fastest is remembered; null for the record that all share.</param>
    /// <exception cref="ArgumentException">The network is in training mode.</exception>
    public OptimizedInference(
        ImageNetwork network, Device device, Precision precision = Precision.Float32, ILogger? logger = null,
        long samples = long.MaxValue, int batchSize = int.MaxValue, bool measures = true, MeasuredForms? forms = null)
    {
        if (network.training)
        {
            throw new ArgumentException("An inference form is made of a network in evaluation mode: call eval() first.", nameof(network));
        }

        (_network, _device, _logger) = (network, device, logger ?? NullLogger.Instance);
        Precision wanted = PrecisionOn(device, precision);
        if (wanted != precision)
        {
            InferenceLog.NotServed(_logger, network.GetName(), precision);
        }

        // One convolution alone (a transformer's patches) is not worth the check.
        _fuses = OneDnnIsUsable(device) && network.modules().Count(module => module is Conv2d) > 1;
        (_samples, _batchSize) = (samples, batchSize);
        _forms = forms ?? MeasuredForms.Shared;
        _measures = measures && !device.IsCuda && _forms.IsOn;
        _way = wanted != Precision.Float32 ? Make(wanted) : null;
    }

    /// <summary>The number type in which it multiplies; once a check in bfloat16 failed that is float32.</summary>
    public Precision Precision => _way?.Precision ?? Precision.Float32;

    /// <summary>Whether a faster way is taken, once there were images; false where there is none, or once a check in float32
    /// failed.</summary>
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
        PartOf(stage));

    /// <summary>The logits, [N, classes], in float32. The caller disposes them.</summary>
    /// <param name="images">[N, 3, H, W], float32, on the network's device.</param>
    public Tensor Forward(Tensor images) => Run(images, _network.call, nameof(Forward));

    /// <summary>Chooses the form for batches of a shape by measuring it, unless that is known, and says in which number type it
    /// multiplies.</summary>
    /// <param name="stage">The stage before which it ends, or null for the head.</param>
    /// <param name="images">Any images of that shape, on the network's device.</param>
    public Precision Settle(string? stage, Tensor images)
    {
        using Tensor some = images.narrow(0, 0, Math.Min(images.size(0), AtOnce(images)));
        lock (_gate)
        {
            Begin(some);
            if (_way is null || !IsMeasured(some) || Recalls(some, PartOf(stage), "images like these"))
            {
                return Precision;
            }
        }

        using Tensor result = stage is null ? ForwardFeatures(some) : ForwardBefore(stage, some);
        return Precision;
    }

    /// <summary>The number type that a form multiplies in on a device, if the caller allows this one.</summary>
    public static Precision PrecisionOn(Device device, Precision allowed)
        => allowed switch
        {
            Precision.BFloat16 when Autocast.IsSupported
                && (device.IsCuda || (OneDnnIsUsable(device) && Autocast.ProcessorHasBFloat16)) => Precision.BFloat16,
            Precision.Int8 when OneDnnIsUsable(device) && ProcessorHasInt8 && OneDnnScript.IsAvailable && OneDnnScript.HasInt8
                => Precision.Int8,
            _ => Precision.Float32,
        };

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
        InferenceWay way = new(_device, precision, _fuses || precision == Precision.Int8);
        _made.Add(way);
        return way;
    }

    // Whether float32 is worth a form is known with the size of the images: by the number of all, so that each gets the same numbers in
    // whatever batch it comes.
    private void Begin(Tensor images)
    {
        if (_hasBegun)
        {
            return;
        }

        _hasBegun = true;
        _float32IsWorthIt = _fuses && _samples / Math.Min(_batchSize, AtOnce(images)) >= FewestPasses;
        _way ??= _float32IsWorthIt ? Make(Precision.Float32) : null;
    }

    private long AtOnce(Tensor images)
        => _device.IsCuda ? long.MaxValue : Math.Max(FewestAtOnce, NumbersAtOnce * images.size(0) / Math.Max(images.numel(), 1));

    private Tensor Run(Tensor images, Func<Tensor, Tensor> forward, string part)
    {
        using IDisposable guard = no_grad();
        (long count, long atOnce) = (images.size(0), AtOnce(images));
        if (count <= atOnce)
        {
            return RunAtOnce(images, forward, part);
        }

        using DisposeScope scope = NewDisposeScope();
        List<Tensor> results = [];
        for (long first = 0; first < count; first += atOnce)
        {
            results.Add(RunAtOnce(images.narrow(0, first, Math.Min(atOnce, count - first)), forward, part));
        }

        return cat(results, 0).MoveToOuterDisposeScope();
    }

    private Tensor RunAtOnce(Tensor images, Func<Tensor, Tensor> forward, string part)
    {
        long count = images.size(0);
        string kind = $"{part} of [{string.Join(", ", images.shape[1..])}]";
        InferenceWay? way;
        long full = count;
        lock (_gate)
        {
            Begin(images);
            if (_way is not null && !_isChosen && IsMeasured(images))
            {
                Recalls(images, part, kind);
            }

            way = _way;
            if (way is not null)
            {
                if (way.FilledUp(kind, count) is not { } trusted)
                {
                    return Checked(images, forward, part, kind);
                }

                full = trusted;
            }
        }

        if (way is null || full == count)
        {
            return way?.Run(() => forward(images)) ?? forward(images);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor filled = cat([images, zeros([full - count, .. images.shape[1..]], images.dtype, images.device)], 0);
        return way.Run(() => forward(filled)).narrow(0, 0, count).MoveToOuterDisposeScope();
    }

    private Tensor Checked(Tensor images, Func<Tensor, Tensor> forward, string part, string kind)
    {
        long count = images.size(0), compared = Math.Min(count, Math.Max(ImagesCompared, get_num_threads()));
        bool observes = _way!.Observes;
        using Tensor chosen = Spread(count, observes ? count : compared, images.device);
        using Tensor some = observes ? MemoryLayout.WithChannelsLast(images) : images.index_select(0, chosen);
        using Tensor plain = observes ? _way.Run(() => forward(some)) : forward(some);
        using Tensor timed = images.narrow(0, 0, compared);
        bool measures = !_isChosen && IsMeasured(images);
        double plainSeconds = measures ? FormClock.Seconds(() => forward(timed)) * count / compared : double.PositiveInfinity;
        double plainFull = double.PositiveInfinity;
        Tensor? best = null;
        InferenceWay? bestWay = null;
        double least = double.PositiveInfinity;
        List<string> times = [];
        for (InferenceWay? way = _way, next; way is not null; (way, observes) = (next, false))
        {
            next = null;
            if (measures && _float32IsWorthIt && way.Precision == Precision.BFloat16
                && FasterInFloat32(way, images, forward) is { } float32)
            {
                times.Add($"longer as {way.Precision} than as {Precision.Float32} (tried on some images)");
                next = float32;
                continue;
            }

            if (Agreed(way, images, forward, chosen, plain, observes, out double seconds, out string fault) is { } result)
            {
                way.Trust(kind, count);
                if (way.Precision == Precision.Int8)
                {
                    using Tensor chosenResult = result.index_select(0, chosen);
                    InferenceLog.Quantized(_logger, _network.GetName(), Difference(plain, chosenResult));
                }

                // Where it is close, against what is usual or another form, the least of three says it: other programs only add to it.
                double clear = way.Precision == Precision.Float32 && best is null ? Clear : ClearForLowPrecision;
                for (int again = 0; measures && again < 2 && seconds > clear * plainSeconds; again++)
                {
                    seconds = Math.Min(seconds, FormClock.Seconds(() => way.Run(() => forward(images))));
                    if (seconds > clear * plainSeconds)
                    {
                        plainFull = Math.Min(plainFull, FormClock.Seconds(() => forward(images)));
                        plainSeconds = plainFull;
                    }
                }

                if (measures)
                {
                    times.Add(FormClock.Said($"{way.Precision}", seconds));
                }

                if (seconds < Math.Min(least, Doubt * plainSeconds))
                {
                    best?.Dispose();
                    (best, bestWay, least) = (result, way, seconds);
                }
                else
                {
                    result.Dispose();
                }

                next = way.Precision != Precision.Float32 && _float32IsWorthIt && measures && seconds > ClearForLowPrecision * plainSeconds
                    ? Make(Precision.Float32)
                    : null;
                continue;
            }

            // What was made is kept: another thread may be in the middle of it.
            next = way.Precision != Precision.Float32 && _float32IsWorthIt ? Make(Precision.Float32) : null;
            InferenceLog.NotTrusted(
                _logger,
                way.Precision,
                _network.GetName(),
                kind,
                fault,
                next is null ? "the plain network" : "the faster form in float32");
        }

        _way = bestWay;
        if (times.Count > 0)
        {
            _isChosen = true;
            string form = bestWay is null ? PlainForm : $"{bestWay.Precision}";
            _forms.Keep(Key(images, part), form, _logger);
            string all = string.Join(", ", times.Append(FormClock.Said(PlainForm, plainSeconds)));
            InferenceLog.Chosen(_logger, _network.GetName(), form, kind, $"a batch of {count} took {all}");
        }

        return best ?? forward(images);
    }

    // The form in float32, if some images take less time in it.
    private InferenceWay? FasterInFloat32(InferenceWay way, Tensor images, Func<Tensor, Tensor> forward)
    {
        InferenceWay float32 = Make(Precision.Float32);
        long count = Math.Clamp(NumbersTried * images.size(0) / images.numel(), FewestTried, FewestMeasured);
        using Tensor few = images.narrow(0, 0, count);
        double lower = FormClock.Least(() => way.Run(() => forward(few)), 1);
        if (FormClock.Least(() => float32.Run(() => forward(few)), 1) < lower)
        {
            return float32;
        }

        _made.Remove(float32);
        float32.Dispose();
        return null;
    }

    private bool IsMeasured(Tensor images) => _measures && images.size(0) >= FewestMeasured
        && images.numel() >= (_way is { Precision: not Precision.Float32 } ? FewestForLowPrecision : FewestNumbers);

    private string Key(Tensor images, string part)
        => NetworkWork.Key(_network, $"{part}, at most {_made[0].Precision}{(_float32IsWorthIt ? "" : ", few batches")},", images.shape);

    private static string PartOf(string? stage) => stage is null ? nameof(ForwardFeatures) : $"before {stage}";

    // Takes the form that is known to be the fastest; false where none is.
    private bool Recalls(Tensor images, string part, string kind)
    {
        string[] forms = [$"{_way!.Precision}", .. _float32IsWorthIt ? [$"{Precision.Float32}"] : Array.Empty<string>(), PlainForm];
        if (_forms.Find(Key(images, part), forms, _logger) is not { } form)
        {
            return false;
        }

        _isChosen = true;
        _way = form == PlainForm ? null : form == $"{_way.Precision}" ? _way : Make(Precision.Float32);
        InferenceLog.Remembered(_logger, _network.GetName(), form, kind);
        return true;
    }

    private static Tensor? Agreed(
        InferenceWay way, Tensor images, Func<Tensor, Tensor> forward, Tensor chosen, Tensor plain, bool isAll,
        out double seconds, out string fault)
    {
        fault = "";
        seconds = 0;
        double tolerance = way.Precision switch
        {
            Precision.BFloat16 => BFloat16Tolerance,
            Precision.Int8 => Int8Tolerance,
            _ => Float32Tolerance,
        };
        try
        {
            using Tensor first = isAll ? plain.alias() : way.Run(() => forward(images));
            double difference = FromPlain(first);
            if (difference <= tolerance)
            {
                (Tensor second, seconds) = FormClock.Timed(() => way.Run(() => forward(images)));
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

    /// <summary>Numbers of images from the first to the last of a batch.</summary>
    private static Tensor Spread(long count, long wanted, torch.Device device)
        => tensor(Enumerable.Range(0, (int)wanted).Select(i => i * (count - 1) / Math.Max(wanted - 1, 1)).ToArray(), device: device);

    // AVX512_VNNI, or AVX_VNNI: sums of products of 8-bit numbers in one instruction. AVX2 can be switched off for .NET alone.
    private static bool ProcessorHasInt8 { get; } = Avx2.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
        && ((X86Base.CpuId(7, 0).Ecx >> 11 & 1) == 1 || (X86Base.CpuId(7, 1).Eax >> 4 & 1) == 1);

    private static bool OneDnnIsUsable(Device device)
        => !device.IsCuda && LibTorch.OneDnnIsOn && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    // The largest over the images; NaN where a number is not finite, which is within no tolerance.
    internal static double Difference(Tensor plain, Tensor fast)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor difference = plain.sub(fast).flatten(1).norm(1);
        Tensor share = difference.div(plain.flatten(1).norm(1));
        return where(difference.eq(Scalars.Zero), difference, share).max().item<float>();
    }
}
