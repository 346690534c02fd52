using System.Runtime.CompilerServices;

namespace TransferLearning.Layers;

/// <summary>
/// The convolutions and linear layers of a network in whole numbers (post-training static quantisation: a scale for each output of the
/// weights, ranges of inputs from the first batch). May be used from several threads.
/// </summary>
/// <remarks>Until <see cref="Settle"/> the plain layers compute, and what goes in and comes out is observed.</remarks>
internal sealed class QuantizedLayers : IDisposable
{
    // With fewer products for each number that comes in, making it whole takes longer than whole numbers save.
    private const int FewestProducts = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<WeightLayer, ObservedRange> _observed = [];
    private readonly Dictionary<Conv2d, QuantizedConvolution> _convolutions = [];
    private readonly Dictionary<Linear, QuantizedLinear> _linears = [];
    private readonly ConditionalWeakTable<Tensor, QuantizedRange> _whole = []; // what the numbers of a result on its way mean
    private volatile bool _isSettled;

    /// <summary>Whether enough was observed, so that whole numbers are used.</summary>
    public bool IsSettled => _isSettled;

    /// <summary>Ends observing.</summary>
    public void Settle() => _isSettled = true;

    /// <summary>What <see cref="ConvNorm.Run"/> computes, once settled; null where float32 is as fast.</summary>
    public Tensor? Convolve(
        Conv2d convolution, BatchNorm2d? norm, Tensor input, PointwiseFunction? function, Tensor? addend, bool feedsConvolution)
    {
        if (!IsWhole(input) && !Pays(convolution))
        {
            return null;
        }

        QuantizedConvolution? layer;
        lock (_gate)
        {
            if (!_convolutions.TryGetValue(convolution, out layer))
            {
                if (!_observed.TryGetValue(convolution, out ObservedRange? observed))
                {
                    return null;
                }

                layer = new QuantizedConvolution(convolution, norm, input, RangeOf(input) ?? observed.Input, observed.Output);
                _convolutions.Add(convolution, layer);
            }
        }

        (Tensor result, QuantizedRange? range) = layer.Run(input, function, addend, feedsConvolution);
        if (range is not null)
        {
            _whole.Add(result, range);
        }

        return result;
    }

    /// <summary>x W + b, without a branch, once settled; null where float32 is as fast.</summary>
    public Tensor? Multiply(Linear linear, Tensor input)
    {
        if (!Pays(linear))
        {
            return null;
        }

        QuantizedLinear? layer;
        lock (_gate)
        {
            if (!_linears.TryGetValue(linear, out layer))
            {
                if (!_observed.TryGetValue(linear, out ObservedRange? observed))
                {
                    return null;
                }

                layer = new QuantizedLinear(linear, observed.Input, input.numel() / input.size(-1));
                _linears.Add(linear, layer);
            }
        }

        return layer.Run(input);
    }

    /// <summary>What <see cref="MaxPool.Run"/> computes of whole numbers, which then are that; null for others.</summary>
    public Tensor? Pool(Tensor map, int kernel, int stride, int padding)
    {
        if (RangeOf(map) is not { } range)
        {
            return null;
        }

        Tensor result = WholeNumbers.MaxPool(map, kernel, stride, padding);
        _whole.Add(result, range);
        return result;
    }

    /// <summary>Notes what went into a layer and, where that may be whole numbers too, what came out.</summary>
    public void Observe(WeightLayer layer, Tensor input, Tensor? output = null)
    {
        lock (_gate)
        {
            if (!_observed.TryGetValue(layer, out ObservedRange? range))
            {
                _observed.Add(layer, range = new ObservedRange());
            }

            range.Add(input, output);
        }
    }

    /// <summary>Whole numbers in float32, for what does not read them; the caller disposes it, or null: they are already.</summary>
    public Tensor? Float(Tensor numbers) => RangeOf(numbers)?.Undo(numbers);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (QuantizedConvolution convolution in _convolutions.Values)
            {
                convolution.Dispose();
            }

            foreach (QuantizedLinear linear in _linears.Values)
            {
                linear.Dispose();
            }

            _convolutions.Clear();
            _linears.Clear();
        }
    }

    private static bool IsWhole(Tensor input) => input.dtype == ScalarType.Byte;

    private static bool Pays(Conv2d convolution)
    {
        long[] stride = convolution.Geometry.Stride, shape = convolution.Weight.shape;
        return shape[0] * shape[2] * shape[3] / convolution.Geometry.Groups / (stride[0] * stride[1]) >= FewestProducts;
    }

    private static bool Pays(Linear linear) => linear.Weight.size(0) >= FewestProducts;

    private QuantizedRange? RangeOf(Tensor input) => IsWhole(input) && _whole.TryGetValue(input, out QuantizedRange? range) ? range : null;
}
