namespace TransferLearning.Layers;

/// <summary>A network's convolutions in one number type, each fused with what follows it. They are made when the network first comes to
/// them, from the weights as they are then, and owned by this. May be used from several threads.</summary>
internal sealed class FusedConvolutions(ScalarType type) : IDisposable
{
    [ThreadStatic]
    private static FusedConvolutions? _active;

    private readonly Lock _gate = new();
    private readonly Dictionary<(Conv2d Layer, (long Height, long Width)? Map), IFusedConvolution> _convolutions = [];

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
        Tensor x = padded ?? input;
        (long Height, long Width)? map = MatrixConvolution.Suits(convolution, x) ? (x.size(2), x.size(3)) : null;
        IFusedConvolution? fused;
        lock (_gate)
        {
            if (!_convolutions.TryGetValue((convolution, map), out fused))
            {
                fused = map is { } size
                    ? new MatrixConvolution(convolution, norm, size.Height, size.Width, type)
                    : new PackedConvolution(convolution, norm, x, type);
                _convolutions.Add((convolution, map), fused);
            }
        }

        return fused.Run(x, function, addend);
    }

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
        }
    }
}
