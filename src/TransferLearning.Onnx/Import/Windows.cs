namespace TransferLearning.Onnx;

/// <summary>Where the windows of a convolution or a pooling lie.</summary>
/// <param name="Kernel">Their lengths.</param>
/// <param name="Strides">From one to the next.</param>
/// <param name="Dilations">From one element to the next.</param>
/// <param name="Begins">How much is added before the map.</param>
/// <param name="Ends">How much is added behind it, as the file says.</param>
/// <param name="Outputs">How many there are.</param>
/// <param name="Needed">How much must be added behind it for them; less than nothing where they end before.</param>
internal sealed record Windows(
    long[] Kernel, long[] Strides, long[] Dilations, long[] Begins, long[] Ends, long[] Outputs, long[] Needed)
{
    private const int MostTaps = 4096;

    public static Windows Of(NodeRun node, long[] input, long[] kernel)
    {
        int rank = input.Length;
        if (kernel.Length != rank || kernel.Any(length => length is < 1 or > int.MaxValue))
        {
            throw node.Refused($"Its kernel [{string.Join(", ", kernel)}] does not fit a map of [{string.Join(", ", input)}].");
        }

        (long[] strides, long[] dilations) = (node.Wholes("strides", rank, 1, 1), node.Wholes("dilations", rank, 1, 1));
        long[] pads = node.Wholes("pads", 2 * rank, 0, 0);
        long[] spans = [.. kernel.Select((length, axis) => (dilations[axis] * (length - 1)) + 1)];
        string mode = node.Text("auto_pad", "NOTSET");
        if (mode is "SAME_UPPER" or "SAME_LOWER")
        {
            for (int axis = 0; axis < rank; axis++)
            {
                long outputs = (input[axis] + strides[axis] - 1) / strides[axis];
                long all = Math.Max(0, ((outputs - 1) * strides[axis]) + spans[axis] - input[axis]);
                pads[axis] = mode == "SAME_UPPER" ? all / 2 : all - (all / 2);
                pads[axis + rank] = all - pads[axis];
            }
        }
        else if (mode is not ("NOTSET" or "VALID" or ""))
        {
            throw node.Refused($"Its padding '{mode}' is not known.");
        }

        (long[] counts, long[] needed) = (new long[rank], new long[rank]);
        for (int axis = 0; axis < rank; axis++)
        {
            long room = input[axis] + pads[axis] + pads[axis + rank] - spans[axis];
            if (room < 0 || pads[axis] >= spans[axis] || pads[axis + rank] > spans[axis] + strides[axis])
            {
                throw node.Refused(
                    $"Its windows of {spans[axis]} with a padding of {pads[axis]} and {pads[axis + rank]} do not fit a map "
                        + $"of {input[axis]}.");
            }

            bool isUp = node.Whole("ceil_mode", 0) == 1;
            counts[axis] = ((isUp ? room + strides[axis] - 1 : room) / strides[axis]) + 1;
            counts[axis] -= isUp && (counts[axis] - 1) * strides[axis] >= input[axis] + pads[axis] ? 1 : 0; // none begins behind the map
            needed[axis] = ((counts[axis] - 1) * strides[axis]) + spans[axis] - input[axis] - pads[axis];
        }

        return new Windows(kernel, strides, dilations, pads[..rank], pads[rank..], counts, needed);
    }

    /// <summary>Without the taps that only ever meet padding, as the library's convolutions leave them out on small maps.</summary>
    public Windows Reaching(long[] input)
    {
        Windows result = this with { Kernel = [.. Kernel], Begins = [.. Begins] };
        for (int axis = 0; axis < input.Length; axis++)
        {
            long[] taps = input[axis] > Kernel[axis] * Dilations[axis] || Kernel[axis] > MostTaps
                ? []
                : [.. Enumerable.Range(0, (int)Kernel[axis]).Select(tap => (long)tap).Where(tap => IsReaching(axis, tap))];
            if (taps.Length > 0 && taps.Length < Kernel[axis])
            {
                result.Kernel[axis] = taps[^1] - taps[0] + 1;
                result.Begins[axis] -= taps[0] * Dilations[axis];
            }
        }

        return result;

        bool IsReaching(int axis, long tap)
        {
            // The place that takes the first element at or behind the beginning of the map.
            long start = Begins[axis] - (tap * Dilations[axis]);
            long place = start <= 0 ? 0 : (start + Strides[axis] - 1) / Strides[axis];
            return place < Outputs[axis] && (place * Strides[axis]) - start < input[axis];
        }
    }

    /// <summary>What must be the same in another graph. Padding at the end shows in how many there are.</summary>
    public override string ToString()
        => $"stride [{string.Join(", ", Strides)}] padding [{string.Join(", ", Begins)}] dilation [{string.Join(", ", Dilations)}] "
            + $"to [{string.Join(", ", Outputs)}]";
}
