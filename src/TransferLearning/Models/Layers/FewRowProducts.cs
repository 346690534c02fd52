namespace TransferLearning.Layers;

/// <summary>x W + b for the few rows of a decoder's step, by oneDNN. Such a product takes as long as its weight is read, for which
/// LibTorch's own takes one thread where there is one row, and longer for a few. Nothing is copied or kept.</summary>
internal static class FewRowProducts
{
    // For more rows oneDNN lays parts of a weight anew that is stored as [outputs, inputs]; one stored the other way round it reads as
    // it is.
    private const long MostRows = 12;

    // Finding oneDNN's kernel takes some 8 microseconds, which a smaller weight does not win back: 256 by 512.
    private const long SmallestWeight = 1 << 17;

    [ThreadStatic]
    private static bool _isOn;

    /// <summary>Runs a network on the calling thread, with these products where that records no gradients.</summary>
    /// <param name="forward">Runs it.</param>
    /// <param name="isWanted">False runs it without.</param>
    public static Tensor Run(Func<Tensor> forward, bool isWanted = true)
    {
        bool outer = _isOn;
        _isOn = isWanted && OneDnnLinear.IsKnown && LibTorch.OneDnnIsOn && !is_grad_enabled() && !Autocast.IsActive;
        try
        {
            return forward();
        }
        finally
        {
            _isOn = outer;
        }
    }

    /// <summary>Whether these are on and suit a product of float32 on the CPU.</summary>
    public static bool Suit(Tensor input, Tensor weight)
        => _isOn && weight.numel() >= SmallestWeight && input.numel() is > 0 and long count
            && (count <= MostRows * input.size(-1) || weight.stride(0) == 1);
}
