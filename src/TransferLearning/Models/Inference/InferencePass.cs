using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>
/// Runs a network for evaluation in the fastest form that there is for it: fused convolutions for images, bfloat16 where the caller allows
/// it.
/// </summary>
internal sealed class InferencePass : IDisposable
{
    private readonly Device _device;
    private readonly OptimizedInference? _form;
    private readonly LowPrecisionInference? _lower;

    /// <param name="network">The network, in evaluation mode; it stays the caller's and must outlive this.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="precision">BFloat16 allows it where the CPU or GPU has it.</param>
    /// <param name="logger">Receives what could not be done, or null.</param>
    /// <param name="samples">How many examples will come; for a few of them a faster form is not worth making.</param>
    /// <param name="batchSize">In batches of at most how many.</param>
    /// <param name="measures">Whether the form is chosen by measuring; else it is the same in every process.</param>
    public InferencePass(
        Network network, Device device, Precision precision = Precision.Float32, ILogger? logger = null,
        long samples = long.MaxValue, int batchSize = int.MaxValue, bool measures = true)
    {
        _device = device;
        _form = network is ImageNetwork images
            ? new OptimizedInference(images, device, precision, logger, samples, batchSize, measures)
            : null;
        Precision served = OptimizedInference.PrecisionOn(device, precision);
        _lower = _form is null && served != Precision.Float32
            ? new LowPrecisionInference(network, device, served, logger, measures)
            : null;
        Pass = new ForwardPass(
            network, device, input => Run(input, network.ForwardFeatures, form => form.ForwardFeatures, null));
    }

    /// <summary>The number type that is used, once a batch has been seen.</summary>
    public Precision Served => _form?.Precision ?? _lower?.Precision ?? Precision.Float32;

    /// <summary>The pass, for a task; good for as long as this is.</summary>
    public ForwardPass Pass { get; }

    /// <summary>Chooses the form for batches of a shape before there is one, and says in which number type it multiplies.</summary>
    /// <param name="part">The part of the network that will run.</param>
    /// <param name="example">Any examples of that shape; they stay the caller's.</param>
    public Precision Settle(FrozenPart part, ModelInput example)
    {
        using ModelInput there = example.To(_device);
        if (_form is not null && there is ImageInput images)
        {
            return _form.Settle(part.Stage, images.Values);
        }

        if (_lower is not null)
        {
            _lower.Run(there, part.Forward, PartOf(part.Stage)).Dispose();
        }

        return Served;
    }

    /// <summary>What a part of the network gives for examples, in float32 on the device; the caller disposes it.</summary>
    /// <param name="part">The part.</param>
    /// <param name="input">The examples; they stay the caller's.</param>
    public Tensor Run(FrozenPart part, ModelInput input)
    {
        using ModelInput there = input.To(_device);
        return Run(
            there,
            part.Forward,
            form => part.Stage is { } stage ? images => form.ForwardBefore(stage, images) : form.ForwardFeatures,
            part.Stage);
    }

    public void Dispose()
    {
        _form?.Dispose();
        _lower?.Dispose();
    }

    private Tensor Run(
        ModelInput input, Func<ModelInput, Tensor> forward, Func<OptimizedInference, Func<Tensor, Tensor>> optimized, string? stage)
        => _form is not null && input is ImageInput images
            ? optimized(_form)(images.Values)
            : _lower?.Run(input, forward, PartOf(stage)) ?? forward(input);

    private static string PartOf(string? stage) => stage is null ? "features" : $"what is before {stage}";
}
