namespace TransferLearning.Layers;

/// <summary>
/// Positions as sines and cosines of falling frequencies (Vaswani et al., 2017), all sines before all cosines, as Marian has them.
/// </summary>
internal static class Sinusoids
{
    /// <summary>
    /// The rows of some positions, [<paramref name="count"/>, <paramref name="width"/>], rounded from float64 to float32; the caller
    /// disposes them.
    /// </summary>
    public static Tensor Rows(long first, long count, long width, ScalarType type, torch.Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rates = Scalars.Range(0, width, float64, device, step: 2).Multiply(-Math.Log(10000) / width).exp();
        Tensor angles = Scalars.Range(first, first + count, float64, device).unsqueeze(1).mul(rates);
        return cat([angles.sin(), angles.cos()], 1).to(float32).to(type).MoveToOuterDisposeScope();
    }
}
