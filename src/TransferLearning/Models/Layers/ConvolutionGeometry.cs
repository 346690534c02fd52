namespace TransferLearning.Layers;

/// <summary>How a convolution's filters move over the map.</summary>
internal sealed class ConvolutionGeometry(long[] stride, long[] padding, long[] dilation, long groups)
{
    public long[] Stride => stride;
    public long[] Padding => padding;
    public long[] Dilation => dilation;
    public long Groups => groups;

    /// <summary>How the part of the filters moves that a window leaves, so that it meets what it met before.</summary>
    public ConvolutionGeometry In(FilterWindow window)
        => new(stride, [padding[0] - (window.Top * dilation[0]), padding[1] - (window.Left * dilation[1])], dilation, groups);

    /// <summary>The same as the script's arguments.</summary>
    public object[] Arguments { get; } =
        [(int)stride[0], (int)stride[1], (int)padding[0], (int)padding[1], (int)dilation[0], (int)dilation[1], (int)groups];
}
