namespace TransferLearning.Layers;

/// <summary>x W + b for many rows, by LibTorch's own product or as a convolution over a map of one pixel a row, which oneDNN computes with
/// the processor's widest vectors, as LibTorch's own product does not on every processor. Gradients go through both, and both differ by
/// rounding alone.</summary>
/// <remarks>Which is faster belongs to the processor: it is measured once, remembered by <see cref="MeasuredForms"/>, and the
/// convolution is taken only where it is faster by far, so that programs on one machine agree.</remarks>
internal static class ManyRowProducts
{
    // In smaller ones the choice would be worth little: 256 rows of 512 numbers by 512.
    private const long FewestMultiplications = 1 << 26;

    // A weight that is stored as [inputs, outputs] is laid out anew for a convolution, each time, which takes as long as 250 rows save.
    private const long FewestRowsLaidOut = 512;
    private const int Rows = 256, Inputs = 768, Outputs = 3072;
    private const double Gain = 0.75;

    private static readonly Lazy<bool> IsFaster = new(() => PrefersConvolution(MeasuredForms.Shared));

    /// <summary>Whether these suit a product of float32 on the CPU, and are faster here.</summary>
    public static bool Suit(Tensor input, Tensor weight)
        => input.numel() * weight.size(0) >= FewestMultiplications && LibTorch.OneDnnIsOn && !Autocast.IsActive
            && !PlainOperators.AreWanted
            && (weight.stride(1) == 1 || input.numel() >= FewestRowsLaidOut * input.size(-1))
            && IsFaster.Value;

    /// <summary>x W + b as a convolution, a new tensor.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <param name="weight">[outputs, inputs], in any layout.</param>
    /// <param name="bias">[outputs], or null.</param>
    public static Tensor Convolve(Tensor input, Tensor weight, Tensor? bias)
    {
        using DisposeScope scope = NewDisposeScope();
        long outputs = weight.size(0), inputs = weight.size(1);
        Tensor map = input.reshape(1, -1, 1, inputs).permute(0, 3, 1, 2); // channels last without a copy
        Tensor filters = weight.reshape(outputs, inputs, 1, 1);
        Tensor result = nn.functional.conv2d(map, filters, bias);
        return result.permute(0, 2, 3, 1).reshape([.. input.shape[..^1], outputs]).MoveToOuterDisposeScope();
    }

    /// <summary>Whether a convolution is faster by far on this machine.</summary>
    public static bool PrefersConvolution(MeasuredForms forms) => forms.IsFaster(
        $"products of {Rows} rows of {Inputs} numbers by {Outputs}",
        "convolution",
        "product",
        Gain,
        () =>
        {
            Tensor input = ones(Rows, Inputs), weight = ones(Outputs, Inputs), bias = ones(Outputs);
            return (() => Convolve(input, weight, bias), () => nn.functional.linear(input, weight, bias));
        });
}
