namespace TransferLearning;

/// <summary>How the samples of a batch are mixed: each with another one, by a mean or by a box.</summary>
internal sealed class SampleMixture : IDisposable
{
    private readonly Tensor _order;
    private readonly (long Top, long Bottom, long Left, long Right)? _box;

    private SampleMixture(long[] order, double share, (long Top, long Bottom, long Left, long Right)? box)
        => (_order, Share, _box) = (tensor(order).DetachFromDisposeScope(), share, box);

    /// <summary>The part of the first sample.</summary>
    public double Share { get; }

    /// <summary>Weighted means.</summary>
    /// <param name="order">The other sample of each.</param>
    /// <param name="share">The part of the first.</param>
    public static SampleMixture Of(long[] order, double share) => new(order, share, null);

    /// <summary>A box comes from the other sample, and the first has the rest.</summary>
    /// <param name="order">The other sample of each.</param>
    /// <param name="box">The rows and columns, ends not included.</param>
    /// <param name="area">How many pixels an image has.</param>
    public static SampleMixture OfBox(long[] order, (long Top, long Bottom, long Left, long Right) box, long area)
        => new(order, 1 - ((double)((box.Bottom - box.Top) * (box.Right - box.Left)) / area), box);

    /// <summary>The box whose share of the area is 1 - share, but for what of it lies outside of the image.</summary>
    public static (long Top, long Bottom, long Left, long Right) Box(long height, long width, double share, long y, long x)
    {
        double side = Math.Sqrt(1 - share);
        (long halfHeight, long halfWidth) = ((long)(height * side) / 2, (long)(width * side) / 2);
        return (
            Math.Clamp(y - halfHeight, 0, height),
            Math.Clamp(y + halfHeight, 0, height),
            Math.Clamp(x - halfWidth, 0, width),
            Math.Clamp(x + halfWidth, 0, width));
    }

    /// <summary>Mixes images, [N, channels, H, W]; the caller disposes the result.</summary>
    public Tensor Apply(Tensor images)
    {
        if (_box is not { } box)
        {
            return Mean(images);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor mixed = images.clone();
        if (box.Bottom > box.Top && box.Right > box.Left)
        {
            Inside(mixed).copy_(Inside(images).index_select(0, _order.to(images.device)));
        }

        return mixed.MoveToOuterDisposeScope();

        Tensor Inside(Tensor all) => all.narrow(2, box.Top, box.Bottom - box.Top).narrow(3, box.Left, box.Right - box.Left);
    }

    /// <summary>The means of what belongs to samples, [N, …], by their parts; the caller disposes the result.</summary>
    public Tensor Mean(Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor others = values.index_select(0, _order.to(values.device));
        return values.Multiply(Share).Add(others, 1 - Share).MoveToOuterDisposeScope();
    }

    public void Dispose() => _order.Dispose();
}
