namespace TransferLearning.Onnx;

/// <summary>Pooling: windows over the two dimensions of images.</summary>
internal static class PoolNodes
{
    /// <summary>The operators by their names.</summary>
    public static IReadOnlyDictionary<string, Func<NodeRun, Tensor>> All { get; } = new Dictionary<string, Func<NodeRun, Tensor>>
    {
        ["GlobalAveragePool"] = node => Image(node).mean([2, 3], true),
        ["GlobalMaxPool"] = node => Image(node).amax([2, 3], true),
        ["MaxPool"] = node =>
        {
            (Tensor x, Windows windows) = (Image(node), Windows.Of(node, node[0].shape[2..], node.Wholes("kernel_shape")));
            Tensor padded = Padded(x, windows, windows.Needed, double.NegativeInfinity);
            return nn.functional.max_pool2d(padded, windows.Kernel, windows.Strides, [0, 0], windows.Dilations);
        },
        ["AveragePool"] = node =>
        {
            (Tensor x, Windows windows) = (Image(node), Windows.Of(node, node[0].shape[2..], node.Wholes("kernel_shape")));
            if (windows.Dilations.Any(length => length != 1))
            {
                throw node.Refused("Dilated means are not read.");
            }

            // What counts: the image, with its padding or without, but not what a window has beyond it.
            bool countsPadding = node.Whole("count_include_pad", 0) == 1;
            Tensor counted = ones([1, 1, x.size(2), x.size(3)], ScalarType.Float64);
            if (countsPadding)
            {
                counted = Padded(counted, windows, windows.Ends, 1);
                counted = Padded(counted, windows with { Begins = [0, 0] },
                    [.. windows.Needed.Zip(windows.Ends, (needed, end) => needed - end)], 0);
            }
            else
            {
                counted = Padded(counted, windows, windows.Needed, 0);
            }

            return Mean(Padded(x, windows, windows.Needed, 0)).div(Mean(counted));

            Tensor Mean(Tensor map) => nn.functional.avg_pool2d(map, windows.Kernel, windows.Strides);
        },
    };

    private static Tensor Image(NodeRun node)
    {
        node.Spend(node[0].shape);
        return node[0].dim() == 4 && node[0].dtype == ScalarType.Float64
            ? node[0]
            : throw node.Refused($"It takes [{string.Join(", ", node[0].shape)}]; [N, C, H, W] is expected.");
    }

    private static Tensor Padded(Tensor x, Windows windows, long[] ends, double value)
        => nn.functional.pad(x, [windows.Begins[1], ends[1], windows.Begins[0], ends[0]], PaddingModes.Constant, value);
}
