namespace TransferLearning.Layers;

/// <summary>The part of a filter that lies on the map somewhere. On maps smaller than the filter the rest only ever meets padding: a 3 x 3
/// filter on a map of one pixel is its middle, and eight ninths of the work and of the memory are for nothing.</summary>
/// <param name="Top">The first row.</param>
/// <param name="Height">How many rows.</param>
/// <param name="Left">The first column.</param>
/// <param name="Width">How many columns.</param>
internal readonly record struct FilterWindow(long Top, long Height, long Left, long Width)
{
    /// <summary>The window of a filter bank; null for all of it.</summary>
    /// <param name="weight">[outputs, inputs / groups, rows, columns].</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="geometry">How the filters move.</param>
    public static FilterWindow? Of(Tensor weight, Tensor input, ConvolutionGeometry geometry)
    {
        (long top, long height) = Reached(0);
        (long left, long width) = Reached(1);
        return height == weight.size(2) && width == weight.size(3) ? null : new FilterWindow(top, height, left, width);

        (long First, long Count) Reached(int axis)
            => Of(weight.size(axis + 2), input.size(axis + 2), geometry.Stride[axis], geometry.Padding[axis], geometry.Dilation[axis]);
    }

    /// <summary>The window's filters, a view that gradients go through.</summary>
    public Tensor Cut(Tensor weight)
    {
        using Tensor rows = weight.narrow(2, Top, Height);
        return rows.narrow(3, Left, Width);
    }

    /// <summary>
    /// The taps from the first to the last that lie on a map of some size; all where leaving some out would need other padding on each
    /// side.
    /// </summary>
    private static (long First, long Count) Of(long taps, long size, long stride, long padding, long dilation)
    {
        if (taps == 1 || size > taps * dilation)
        {
            return (0, taps);
        }

        long places = Places(taps, padding);
        long first = taps;
        long last = -1;
        for (long tap = 0; tap < taps; tap++)
        {
            for (long place = 0; place < places; place++)
            {
                if ((place * stride) + (tap * dilation) - padding is var at && at >= 0 && at < size)
                {
                    (first, last) = (Math.Min(first, tap), tap);
                    break;
                }
            }
        }

        long left = padding - (first * dilation);
        long count = last - first + 1;
        return count > 0 && left >= 0 && Places(count, left) == places ? (first, count) : (0, taps);

        long Places(long some, long around) => ((size + (2 * around) - (dilation * (some - 1)) - 1) / stride) + 1;
    }
}
