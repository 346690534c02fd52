namespace TransferLearning.Layers;

/// <summary>x W + b by oneDNN where that is faster: a few rows, as each step of a decoder has, take as long as the weight is read, for
/// which LibTorch's own product of one row takes one thread; of many rows its library is slow on processors of another maker. Nothing is
/// copied or kept.</summary>
internal static class LinearProducts
{
    // Finding oneDNN's kernel takes some 8 microseconds, which smaller weights do not win back.
    private const long SmallestWeight = 1 << 17;

    // Of a weight that is stored as [outputs, inputs] oneDNN turns parts round for more rows, which pays for many.
    private const long FewRows = 12, ManyRows = 128;

    [ThreadStatic]
    private static bool _isOn;

    /// <summary>Runs a network on the calling thread, with these products where it records no gradients.</summary>
    /// <param name="forward">Runs it.</param>
    /// <param name="isWanted">False leaves everything to LibTorch.</param>
    public static T Run<T>(Func<T> forward, bool isWanted = true)
    {
        bool outer = _isOn;
        _isOn = isWanted && OneDnnLinear.IsAvailable && !is_grad_enabled() && !Autocast.IsActive;
        try
        {
            return forward();
        }
        finally
        {
            _isOn = outer;
        }
    }

    /// <summary>x W + b, a new tensor: what layers ask, whoever runs them.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <param name="weight">[outputs, inputs], in any layout.</param>
    /// <param name="bias">[outputs], or null.</param>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
        => _isOn && Suits(input, weight) ? OneDnnLinear.Run(input, weight, bias) : nn.functional.linear(input, weight, bias);

    private static bool Suits(Tensor input, Tensor weight)
    {
        if (input.device_type != DeviceType.CPU || input.dtype != ScalarType.Float32 || weight.dtype != ScalarType.Float32
            || weight.numel() < SmallestWeight || input.numel() == 0)
        {
            return false;
        }

        long rows = input.numel() / input.size(-1);
        return rows is <= FewRows or >= ManyRows || weight.stride(0) == 1;
    }
}
