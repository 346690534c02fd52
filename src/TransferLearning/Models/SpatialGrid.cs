namespace TransferLearning;

/// <summary>Where the places of an image are in what a module gives.</summary>
internal static class SpatialGrid
{
    /// <summary>
    /// [C, h, w] of [1, C, h, w], of [1, h, w, C], or of tokens [1, T, C] on a grid of the image's shape, row by row, after up to
    /// two others such as a class token; null where there is no grid of more than one place.
    /// </summary>
    /// <param name="output">What a module gives for one image.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    /// <param name="isChannelsLast">Whether the channels of a map come last: <see cref="IsChannelsLast"/>.</param>
    public static Tensor? Of(Tensor output, long height, long width, bool isChannelsLast = false)
    {
        if (output.dim() is not (3 or 4) || output.size(0) != 1)
        {
            return null;
        }

        if (output.dim() == 4)
        {
            Tensor map = isChannelsLast ? output[0].permute(2, 0, 1) : output[0];
            return map.size(1) * map.size(2) > 1 ? map : null;
        }

        foreach (long others in new long[] { 1, 0, 2 })
        {
            long places = output.size(1) - others;
            long columns = (long)Math.Round(Math.Sqrt(places * (double)width / height));
            if (places > 1 && columns > 0 && places % columns == 0
                && Math.Abs((places / columns * width) - (columns * height)) < Math.Max(width, height))
            {
                return output[0].narrow(0, others, places).t().reshape(output.size(2), places / columns, columns);
            }
        }

        return null;
    }

    /// <summary>Whether a module gives maps whose channels come last: a layer by its kind, anything else as its network does.</summary>
    public static bool IsChannelsLast(Network network, nn.Module module) => module switch
    {
        Linear => true,
        LayerNorm norm => !norm.IsChannelsFirst,
        Conv2d or BatchNorm2d => false,
        _ => network is ImageNetwork { HasChannelsLast: true },
    };

    /// <summary>A map in the size of the image, bilinear between the middles of places.</summary>
    /// <param name="map">[h, w].</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    public static Tensor Resize(Tensor map, long height, long width)
        => nn.functional.interpolate(
            map.view(1, 1, map.size(0), map.size(1)), [height, width], mode: InterpolationMode.Bilinear, align_corners: false)[0, 0];
}
