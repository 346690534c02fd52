namespace TransferLearning.Layers;

/// <summary>x W + b for the few rows of a decoder's step, by oneDNN or with copies of weights. Such a product takes as long as its weight
/// is read, for which LibTorch's own takes one thread where there is one row, and longer for a few. Nothing is copied or kept
/// here.</summary>
internal static class FewRowProducts
{
    // For more rows oneDNN lays parts of a weight anew that is stored as [outputs, inputs]; one stored the other way round it reads as
    // it is.
    private const long MostRows = 12;

    // Finding oneDNN's kernel takes some 8 microseconds, which a smaller weight does not win back: 256 by 512.
    private const long SmallestWeight = 1 << 17;

    [ThreadStatic]
    private static bool _isOn;

    [ThreadStatic]
    private static PackedWeights? _packed;

    [ThreadStatic]
    private static NarrowWeights? _narrow;

    /// <summary>Runs a network on the calling thread, with these products where that records no gradients.</summary>
    /// <param name="forward">Runs it.</param>
    /// <param name="isWanted">False runs it without.</param>
    /// <param name="packed">Copies of its weights, which are made as they pay; null for none.</param>
    /// <param name="narrow">Copies of fewer bits, which go before those; null for none.</param>
    public static Tensor Run(Func<Tensor> forward, bool isWanted = true, PackedWeights? packed = null, NarrowWeights? narrow = null)
    {
        (bool outer, PackedWeights? outerPacked, NarrowWeights? outerNarrow) = (_isOn, _packed, _narrow);
        isWanted = isWanted && !is_grad_enabled() && !Autocast.IsActive;
        _isOn = isWanted && OneDnnLinear.IsKnown && LibTorch.OneDnnIsOn;
        (_packed, _narrow) = (packed, isWanted ? narrow : null); // which needs no oneDNN
        try
        {
            return forward();
        }
        finally
        {
            (_isOn, _packed, _narrow) = (outer, outerPacked, outerNarrow);
        }
    }

    /// <summary>x W + b, where these are on and suit a product of float32 on the CPU; else null.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <param name="weight">[outputs, inputs], in any layout.</param>
    /// <param name="bias">[outputs], or null.</param>
    /// <param name="stored">The network's own tensor that the weight is, or is a view of; null for one that is computed.</param>
    public static Tensor? Multiply(Tensor input, Tensor weight, Tensor? bias, Parameter? stored)
    {
        if ((!_isOn && _narrow is null) || weight.numel() < SmallestWeight || input.numel() == 0)
        {
            return null;
        }

        if (_narrow?.Multiply(input, weight, stored, bias) is { } product)
        {
            return product;
        }

        if (!_isOn)
        {
            return null;
        }

        long rows = input.numel() / input.size(-1);
        Tensor? packed = _packed?.Of(weight, rows);
        return packed is not null || rows <= MostRows || weight.stride(0) == 1
            ? OneDnnLinear.Run(input, packed ?? weight, bias)
            : null;
    }
}
