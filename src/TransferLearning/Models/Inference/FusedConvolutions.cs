using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A network's convolutions in one number type, each fused with what follows it. They are made when the network first comes to them, from the
/// weights as they are then, and owned by this. May be used from several threads.
/// </summary>
internal sealed class FusedConvolutions(ScalarType type) : IDisposable
{
    [ThreadStatic]
    private static FusedConvolutions? _active;

    private readonly Lock _gate = new();
    private readonly Dictionary<(Conv2d Layer, FilterWindow? Window), PackedConvolution> _convolutions = [];

    /// <summary>Those with which the calling thread runs a network now, or null: what layers ask.</summary>
    public static FusedConvolutions? Active => _active;

    /// <summary>Runs a network on the calling thread, with some of these or, for null, without.</summary>
    public static Tensor Run(FusedConvolutions? convolutions, Func<Tensor, Tensor> forward, Tensor images)
    {
        FusedConvolutions? outer = _active;
        _active = convolutions;
        try
        {
            return forward(images);
        }
        finally
        {
            _active = outer;
        }
    }

    /// <summary>What <see cref="ConvNorm.Run"/> computes, in one operation.</summary>
    public Tensor Convolve(Conv2d convolution, BatchNorm2d? norm, Tensor input, PointwiseFunction? function, Tensor? addend)
    {
        using Tensor? padded = convolution.Pad(input);
        FilterWindow? window = FilterWindow.Of(convolution.Weight, padded ?? input, convolution.Geometry);
        PackedConvolution? packed;
        lock (_gate)
        {
            if (!_convolutions.TryGetValue((convolution, window), out packed))
            {
                packed = new PackedConvolution(convolution, norm, window, padded ?? input, type);
                _convolutions.Add((convolution, window), packed);
            }
        }

        return packed.Run(padded ?? input, function, addend);
    }

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
}
