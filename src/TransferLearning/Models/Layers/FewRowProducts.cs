namespace TransferLearning.Layers;

/// <summary>x W + b for the few rows of a decoder's step, by oneDNN. Such a product takes as long as its weight is read, for which
/// LibTorch's own takes one thread where there is one row, and longer for a few. Nothing is copied or kept.</summary>
internal static class FewRowProducts
{
    // Of more rows LibTorch's own product is as fast.
    private const long MostRows = 8;

    [ThreadStatic]
    private static bool _isOn;

    /// <summary>Runs a network on the calling thread, with these products where that records no gradients.</summary>
    public static Tensor Run(Func<Tensor> forward)
    {
        bool outer = _isOn;
        _isOn = OneDnnLinear.IsKnown && LibTorch.OneDnnIsOn && !is_grad_enabled() && !Autocast.IsActive;
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
        => _isOn && Suits(input, weight) ? OneDnnLinear.Run(input, weight, bias) : ManyRowProducts.Linear(input, weight, bias);

    private static bool Suits(Tensor input, Tensor weight)
        => input.device_type == DeviceType.CPU && input.dtype == ScalarType.Float32 && weight.dtype == ScalarType.Float32
            && input.numel() is > 0 and long count && count <= MostRows * input.size(-1);
}
