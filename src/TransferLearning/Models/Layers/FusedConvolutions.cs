namespace TransferLearning.Layers;

/// <summary>A network's convolutions in one number type, each fused with what follows it. They are made when the network first comes to
/// them, from the weights as they are then, and owned by this. May be used from several threads.</summary>
/// <param name="type">The number type.</param>
/// <param name="quantized">The layers in whole numbers where that is faster; null for none. Disposed with this.</param>
internal sealed class FusedConvolutions(ScalarType type, QuantizedLayers? quantized = null) : IDisposable
{
    [ThreadStatic]
    private static FusedConvolutions? _active;

    private readonly Lock _gate = new();
    private readonly Dictionary<(Conv2d Layer, (long Height, long Width)? Map, bool IsInTiles), IFusedConvolution> _convolutions = [];
    private readonly Dictionary<(Conv2d Layer, long Images, long Height, long Width), IFusedConvolution> _byShape = []; // of those

    /// <summary>Those with which the calling thread runs a network now, or null: what layers ask.</summary>
    public static FusedConvolutions? Active => _active;

    /// <summary>Runs a network on the calling thread, with some of these or, for null, without.</summary>
    public static Tensor Run(FusedConvolutions? convolutions, Func<Tensor> forward)
    {
        FusedConvolutions? outer = _active;
        _active = convolutions;
        try
        {
            return forward();
        }
        finally
        {
            _active = outer;
        }
    }

    /// <summary>What <see cref="ConvNorm.Run"/> computes, in one operation.</summary>
    public Tensor Convolve(
        Conv2d convolution, BatchNorm2d? norm, Tensor input, PointwiseFunction? function, Tensor? addend, bool feedsConvolution = false)
    {
        if (Observes)
        {
            Tensor unfused = Run(null, () => ConvNorm.Run(convolution, norm, input, function, addend));
            quantized!.Observe(convolution, input, feedsConvolution ? unfused : null);
            return unfused;
        }

        using Tensor? exactAddend = addend is null ? null : Float(addend);
        addend = exactAddend ?? addend;
        using Tensor? exact = convolution.PadsItself ? Float(input) : null;
        using Tensor? padded = convolution.Pad(exact ?? input);
        Tensor x = padded ?? input;
        if (quantized?.Convolve(convolution, norm, x, function, addend, feedsConvolution) is { } whole)
        {
            return whole;
        }

        using Tensor? plain = Float(x);
        x = plain ?? x;
        IFusedConvolution? fused;
        lock (_gate)
        {
            (Conv2d, long, long, long) shape = (convolution, x.size(0), x.size(2), x.size(3));
            if (!_byShape.TryGetValue(shape, out fused))
            {
                fused = Choose(convolution, norm, x);
                _byShape.Add(shape, fused);
            }
        }

        return fused.Run(x, function, addend);
    }

    /// <summary>What <see cref="MaxPool.Run"/> computes of whole numbers; null for others.</summary>
    public Tensor? Pool(Tensor map, int kernel, int stride, int padding) => quantized?.Pool(map, kernel, stride, padding);

    /// <summary>Whole numbers that a layer gave, in float32; the caller disposes it, or null: they are already.</summary>
    public Tensor? Float(Tensor numbers) => quantized?.Float(numbers);

    /// <summary>x W + b in whole numbers, without a branch; null where this has none.</summary>
    public Tensor? Multiply(Linear linear, Tensor input)
    {
        if (quantized is null)
        {
            return null;
        }

        if (Observes)
        {
            quantized.Observe(linear, input);
        }
        else if (quantized.Multiply(linear, input) is { } whole)
        {
            return whole;
        }

        return LinearProducts.Linear(input, linear.Weight, linear.Bias);
    }

    /// <summary>Whether the plain layers compute, and what goes through them is observed.</summary>
    public bool Observes => quantized is { IsSettled: false };

    /// <summary>Ends observing what goes through the layers.</summary>
    public void Settle() => quantized?.Settle();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (IFusedConvolution convolution in _convolutions.Values)
            {
                convolution.Dispose();
            }

            _convolutions.Clear();
            _byShape.Clear();
            quantized?.Dispose();
        }
    }

    private IFusedConvolution Choose(Conv2d convolution, BatchNorm2d? norm, Tensor input)
    {
        (long Height, long Width)? map = MatrixConvolution.Suits(convolution, input) ? (input.size(2), input.size(3)) : null;
        bool isInTiles = map is null && type == ScalarType.Float32 && WinogradConvolution.Suits(convolution, input);
        if (!_convolutions.TryGetValue((convolution, map, isInTiles), out IFusedConvolution? fused))
        {
            fused = map is not null ? new MatrixConvolution(convolution, norm, input, type)
                : isInTiles ? new WinogradConvolution(convolution, norm)
                : new PackedConvolution(convolution, norm, input, type);
            _convolutions.Add((convolution, map, isInTiles), fused);
        }

        return fused;
    }
}
