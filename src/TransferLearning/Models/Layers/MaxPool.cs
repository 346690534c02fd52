namespace TransferLearning.Layers;

/// <summary>The largest number of each window of a map, between convolutions.</summary>
internal static class MaxPool
{
    /// <summary>Pools a map.</summary>
    /// <param name="map">[N, C, H, W], of <see cref="ConvNorm.Run"/> also in its own form.</param>
    /// <param name="kernel">The side of a window in pixels.</param>
    /// <param name="stride">From one to the next.</param>
    /// <param name="padding">How far the first lies outside.</param>
    /// <returns>[N, C, H', W'] in the same form; the caller disposes it.</returns>
    public static Tensor Run(Tensor map, int kernel, int stride, int padding)
        => FusedConvolutions.Active?.Pool(map, kernel, stride, padding) ?? nn.functional.max_pool2d(map, kernel, stride, padding);
}
