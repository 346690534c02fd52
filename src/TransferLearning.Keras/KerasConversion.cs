using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Keras;

/// <summary>The tensors of one file under the network's names and in its layouts.</summary>
/// <remarks>
/// Kernels stand as height, width, inputs, outputs in Keras, and as outputs, inputs, height, width here; the views that turn them cost
/// nothing. A bias of a convolution before a batch normalisation becomes part of the running mean: <c>(w x + b) - m = w x - (m - b)</c>.
/// </remarks>
internal sealed class KerasConversion : IDisposable
{
    private readonly KerasSource _source;
    private readonly Dictionary<string, Tensor> _state = [];

    public KerasConversion(KerasSource source) => _source = source;

    /// <summary>Names and tensors; they live until this is disposed.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _state;

    /// <summary>Converts a convolution and what normalises it.</summary>
    /// <param name="unit">The names.</param>
    /// <param name="isBlueFirst">Whether its inputs are blue, green and red, which become red, green and blue.</param>
    public void Add(KerasUnit unit, bool isBlueFirst)
    {
        using DisposeScope scope = NewDisposeScope();
        KerasLayer layer = _source.Find(unit.Layer)!;
        bool isDepthwise = layer.TryGet(KerasRole.DepthwiseKernel, out KerasWeight? kernel);
        kernel ??= Require(layer, KerasRole.Kernel);
        Tensor weight = Ranked(kernel, 4).permute(isDepthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]);
        Keep($"{unit.Target}.weight", isBlueFirst ? weight.flip(1) : weight);
        Tensor? bias = layer.TryGet(KerasRole.Bias, out KerasWeight? stored) ? Ranked(stored, 1) : null;
        if (unit.NormLayer is null)
        {
            Keep($"{unit.Target}.bias", bias ?? zeros(weight.size(0)));
            return;
        }

        KerasLayer norm = _source.Find(unit.NormLayer)!;
        Tensor mean = Ranked(Require(norm, KerasRole.Mean), 1);
        if (bias is not null && bias.size(0) != mean.size(0))
        {
            throw _source.Error(
                CheckpointErrorKind.BadGeometry,
                stored!.Place,
                $"The bias has {bias.size(0)} numbers and the normalisation after it, '{norm.Name}', has {mean.size(0)}.",
                "Get the file from its publisher again.");
        }

        // Keras leaves out a factor of 1 (scale=False) and a shift of 0 (center=False).
        Keep($"{unit.NormTarget}.weight", norm.TryGet(KerasRole.Gamma, out KerasWeight? gamma) ? Ranked(gamma, 1) : ones(mean.size(0)));
        Keep($"{unit.NormTarget}.bias", norm.TryGet(KerasRole.Beta, out KerasWeight? beta) ? Ranked(beta, 1) : zeros(mean.size(0)));
        Keep($"{unit.NormTarget}.running_mean", bias is null ? mean : mean.sub(bias));
        Keep($"{unit.NormTarget}.running_var", Ranked(Require(norm, KerasRole.Variance), 1));
        Keep($"{unit.NormTarget}.num_batches_tracked", zeros([], ScalarType.Int64));
    }

    /// <summary>Converts a dense layer.</summary>
    /// <param name="layer">The layer; also a 1x1 convolution after the pooling.</param>
    /// <param name="target">Its name in the network.</param>
    /// <param name="map">The height, width and channels of the map that was laid out before it, or null: Keras lays channels innermost,
    /// PyTorch outermost.</param>
    public void AddDense(KerasLayer layer, string target, (long Height, long Width, long Channels)? map = null)
    {
        using DisposeScope scope = NewDisposeScope();
        KerasWeight kernel = Require(layer, KerasRole.Kernel);
        bool isConvolution = kernel.Shape is [1, 1, _, _];
        Tensor stored = Ranked(kernel, isConvolution ? 4 : 2);
        (long inputs, long outputs) = (stored.size(-2), stored.size(-1));
        Tensor weight = stored.reshape(inputs, outputs).t();
        if (map is { } side && inputs == side.Height * side.Width * side.Channels)
        {
            weight = weight.reshape(outputs, side.Height, side.Width, side.Channels).permute(0, 3, 1, 2).reshape(outputs, inputs);
        }

        Keep($"{target}.weight", weight);
        Keep($"{target}.bias", layer.TryGet(KerasRole.Bias, out KerasWeight? bias) ? Ranked(bias, 1) : zeros(outputs));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _state.Values)
        {
            tensor.Dispose();
        }
    }

    private void Keep(string name, Tensor tensor) => _state.Add(name, tensor.DetachFromDisposeScope());

    private KerasWeight Require(KerasLayer layer, KerasRole role) => layer.TryGet(role, out KerasWeight? weight)
        ? weight
        : throw _source.Error(
            CheckpointErrorKind.MissingEntry,
            $"layer '{layer.Name}'",
            $"It has no array of kind {role}.",
            "Choose the architecture that the file belongs to.");

    private Tensor Ranked(KerasWeight weight, int rank) => weight.Shape.Count == rank
        ? weight.Read()
        : throw _source.Error(
            CheckpointErrorKind.BadGeometry,
            weight.Place,
            $"{rank} dimensions are expected; it has the shape [{string.Join(", ", weight.Shape)}].",
            "Choose the architecture that the file belongs to.");
}
