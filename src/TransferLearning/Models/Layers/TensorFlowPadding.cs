namespace TransferLearning.Layers;

/// <summary>TensorFlow's "same" padding: as many zeros as give ceil(size / stride) outputs, the odd one below or right.</summary>
internal static class TensorFlowPadding
{
    /// <summary>Pads the last two axes; the caller disposes the result.</summary>
    public static Tensor Pad(Tensor input, long[] kernel, long[] stride, long[] dilation, double value = 0)
    {
        long height = Total(input.size(-2), kernel[0], stride[0], dilation[0]);
        long width = Total(input.size(-1), kernel[1], stride[1], dilation[1]);
        return nn.functional.pad(input, [width / 2, width - (width / 2), height / 2, height - (height / 2)], value: value);
    }

    private static long Total(long size, long kernel, long stride, long dilation)
        => Math.Max(((((size + stride - 1) / stride) - 1) * stride) + ((kernel - 1) * dilation) + 1 - size, 0);
}
