namespace TransferLearning.Onnx;

/// <summary>What nodes do with shapes and places.</summary>
internal static class ShapeNodes
{
    private static readonly Dictionary<string, Func<NodeRun, Tensor>> Moving = new()
    {
        ["Identity"] = node => node[0].alias(),
        ["Dropout"] = node => node[0].alias(),
        ["Reshape"] = Reshape,
        ["Flatten"] = node =>
        {
            long[] shape = node[0].shape;
            long axis = node.Whole("axis", 1);
            axis = axis == shape.Length ? axis : node.Axis(axis, shape.Length);
            return node[0].reshape(shape[..(int)axis].Aggregate(1L, (product, length) => product * length), -1);
        },
        ["Squeeze"] = node =>
        {
            long[] shape = node[0].shape;
            long[]? axes = node.Listed("axes", 1) is { } listed ? node.Axes(listed, shape.Length) : null;
            return node[0].reshape([.. shape.Where((length, axis) => axes is null ? length != 1
                : !axes.Contains(axis) || (length == 1 ? false : throw node.Refused($"The length {length} of axis {axis} is not 1.")))]);
        },
        ["Unsqueeze"] = node =>
        {
            long[] listed = node.Listed("axes", 1) ?? throw node.Refused("Its axes are absent.");
            long rank = node[0].dim() + listed.Length;
            long[] axes = node.Axes(listed, rank);
            Queue<long> left = new(node[0].shape);
            return node[0].reshape([.. Enumerable.Range(0, (int)rank).Select(axis => axes.Contains(axis) ? 1 : left.Dequeue())]);
        },
        ["Transpose"] = node =>
        {
            int rank = (int)node[0].dim();
            long[] order = node.Attribute("perm") is null
                ? [.. Enumerable.Range(0, rank).Reverse().Select(axis => (long)axis)]
                : node.Axes(node.Wholes("perm"), rank);
            return order.Length == rank ? node[0].permute(order) : throw node.Refused($"Its axes do not fit {rank} dimensions.");
        },
        ["Slice"] = Slice,
        ["Gather"] = Gather,
        ["Expand"] = node =>
        {
            long[] shape = node.Broadcast(node[0].shape, node.Longs(1));
            return node[0].expand(shape);
        },
        ["Concat"] = node =>
        {
            Tensor[] parts = [.. node.Inputs.Select((_, place) => node[place])];
            int axis = node.Axis(node.Whole("axis", 0), parts[0].dim());
            long[] shape = parts[0].shape;
            if (parts.Any(part => part.dtype != parts[0].dtype || part.dim() != shape.Length
                || part.shape.Where((length, place) => place != axis && length != shape[place]).Any()))
            {
                throw node.Refused(
                    $"Its inputs of {string.Join(", ", parts.Select(part => $"[{string.Join(", ", part.shape)}]"))} do not fit.");
            }

            shape[axis] = parts.Sum(part => part.size(axis));
            node.Spend(shape);
            return cat(parts, axis);
        },
    };

    /// <summary>The operators that only choose and arrange what they take first.</summary>
    public static bool IsSelection(string type) => (Moving.ContainsKey(type) && type != "Concat") || type is "Split" or "Cast";

    /// <summary>The operators by their names.</summary>
    public static IReadOnlyDictionary<string, Func<NodeRun, Tensor>> All { get; } = new Dictionary<string, Func<NodeRun, Tensor>>(Moving)
    {
        ["Cast"] = node => node[0].to(node.Whole("to", 1) switch
        {
            (long)TensorProto.Types.DataType.Bool => ScalarType.Bool,
            (long)TensorProto.Types.DataType.Float or (long)TensorProto.Types.DataType.Double or (long)TensorProto.Types.DataType.Float16
                or (long)TensorProto.Types.DataType.Bfloat16 => ScalarType.Float64,
            (long)TensorProto.Types.DataType.Int64 or (long)TensorProto.Types.DataType.Int32 => ScalarType.Int64,
            long other => throw node.Refused($"Its type {other} is not read."),
        }),
        ["Shape"] = node =>
        {
            long[] shape = node[0].shape;
            (long start, long end) = (node.Whole("start", 0), node.Whole("end", shape.Length));
            (start, end) = (Inside(start, shape.Length), Inside(end, shape.Length));
            return tensor(shape[(int)start..(int)Math.Max(start, end)]);
        },
        ["Size"] = node => tensor(node[0].numel()),
        ["ConstantOfShape"] = node =>
        {
            long[] shape = node.Longs(0);
            node.Spend(shape);
            using Tensor? value = node.Attribute("value")?.T is { } stored ? Stored(node, stored) : null;
            return value is null ? zeros(shape, ScalarType.Float64) : value.numel() == 1 ? value.reshape([]).expand(shape).clone()
                : throw node.Refused("Its value is no single number.");
        },
        ["Constant"] = node => node.Attribute("value")?.T is { } stored ? Stored(node, stored)
            : node.Attribute("value_float") is { } number ? NumberNodes.Of(number.F)
            : node.Attribute("value_int") is { } whole ? tensor(whole.I)
            : node.Attribute("value_floats") is { } numbers ? tensor(numbers.Floats.Select(one => (double)one).ToArray())
            : node.Attribute("value_ints") is not null ? tensor(node.Wholes("value_ints"))
            : throw node.Refused("Its value is of no form that is read."),
        ["Range"] = node =>
        {
            Tensor[] bounds = [.. Enumerable.Range(0, 3).Select(place => node[place].reshape([]).to(ScalarType.Float64))];
            double[] numbers = [.. bounds.Select(bound => bound.item<double>())];
            double count = Math.Ceiling((numbers[1] - numbers[0]) / numbers[2]);
            count = double.IsFinite(count) && count < int.MaxValue ? Math.Max(0, count) : throw node.Refused("Its bounds have no end.");
            node.Spend([(long)count]);
            return tensor(Enumerable.Range(0, (int)count).Select(place => numbers[0] + (place * numbers[2])).ToArray()).to(node[0].dtype);
        },
        ["Tile"] = node =>
        {
            long[] repeats = node.Longs(1);
            if (repeats.Length != node[0].dim() || repeats.Any(repeat => repeat < 0))
            {
                throw node.Refused($"Its repeats [{string.Join(", ", repeats)}] do not fit {node[0].dim()} dimensions.");
            }

            node.Spend(node[0].shape.Zip(repeats, (length, repeat) => length == 0 || repeat <= long.MaxValue / length ? length * repeat
                : long.MaxValue));
            return node[0].repeat(repeats);
        },
        ["Pad"] = Pad,
        ["GatherElements"] = node =>
        {
            int axis = node.Axis(node.Whole("axis", 0), node[0].dim());
            node.Spend(node[1].shape);
            return node[0].gather(axis, Positive(node, node[1], node[0].size(axis)));
        },
        ["Trilu"] = node =>
        {
            long diagonal = node.Has(1) ? node.Longs(1)[0] : 0;
            diagonal = Math.Clamp(diagonal, -node[0].numel(), node[0].numel());
            node.Spend(node[0].shape);
            return node.Whole("upper", 1) == 1 ? node[0].triu(diagonal) : node[0].tril(diagonal);
        },
        ["ScatterND"] = ScatterNd,
    };

    /// <summary>The parts of a split.</summary>
    public static IReadOnlyList<Tensor> Split(NodeRun node)
    {
        int axis = node.Axis(node.Whole("axis", 0), node[0].dim());
        (long length, int count) = (node[0].size(axis), node.Node.Output.Count);
        long each = (length + count - 1) / count;
        long[] sizes = node.Listed("split", 1) ?? [.. Enumerable.Range(0, count)
            .Select(place => Math.Clamp(length - (place * each), 0, each))];
        return sizes.Length == count && sizes.All(size => size >= 0 && size <= length) && sizes.Sum() == length
            ? node[0].split(sizes, axis)
            : throw node.Refused($"Its parts of [{string.Join(", ", sizes)}] do not fit a length of {length}.");
    }

    private static Tensor Stored(NodeRun node, TensorProto stored)
    {
        Tensor read = new StoredTensor(
            stored, _ => throw node.Refused("Its data lies beside the file."), (_, problem) => node.Refused(problem)).Read();
        return read.dtype == ScalarType.Float32 ? read.to(ScalarType.Float64) : read;
    }

    private static long Inside(long place, long length) => Math.Clamp(place < 0 ? place + length : place, 0, length);

    private static Tensor Reshape(NodeRun node)
    {
        long[] before = node[0].shape, after = node.Longs(1);
        bool copiesZero = node.Whole("allowzero", 0) == 0;
        for (int axis = 0; axis < after.Length; axis++)
        {
            after[axis] = after[axis] == 0 && copiesZero
                ? axis < before.Length ? before[axis] : throw node.Refused($"Its shape copies axis {axis} of {before.Length} dimensions.")
                : after[axis];
        }

        double known = after.Where(length => length != -1).Aggregate(1.0, (product, length) => length >= 0 ? product * length : double.NaN);
        double count = node[0].numel();
        bool fits = after.Count(length => length == -1) switch { 0 => known == count, 1 => known > 0 && count % known == 0, _ => false };
        return fits
            ? node[0].reshape(after)
            : throw node.Refused($"[{string.Join(", ", before)}] cannot become [{string.Join(", ", after)}].");
    }

    private static Tensor Slice(NodeRun node)
    {
        Tensor x = node[0];
        long[] starts = node.Listed("starts", 1) ?? [], ends = node.Listed("ends", 2) ?? [];
        long[] axes = node.Axes(node.Listed("axes", 3) ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)], x.dim());
        long[] steps = node.Has(4) ? node.Longs(4) : [.. Enumerable.Repeat(1L, starts.Length)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
        {
            throw node.Refused("Its starts, ends, axes and steps are not of one length.");
        }

        Tensor result = x.alias();
        for (int place = 0; place < axes.Length; place++)
        {
            (long axis, long length, long step) = (axes[place], x.size((int)axes[place]), steps[place]);
            if (step == 0 || step is < -int.MaxValue or > int.MaxValue)
            {
                throw node.Refused($"Its step is {step}.");
            }

            if (step > 0)
            {
                (long start, long end) = (Inside(starts[place], length), Inside(ends[place], length));
                result = result.slice(axis, start, Math.Max(start, end), step);
            }
            else
            {
                long start = Math.Clamp(starts[place] < 0 ? starts[place] + length : starts[place], -1, length - 1);
                long end = Math.Clamp(ends[place] < 0 && ends[place] >= -length ? ends[place] + length : ends[place], -1, length - 1);
                long[] places = [.. Enumerable.Range(0, (int)Math.Max(0, (end - start + step + 1) / step))
                    .Select(number => start + (number * step))];
                result = result.index_select(axis, tensor(places));
            }
        }

        return result;
    }

    private static Tensor Positive(NodeRun node, Tensor places, long length)
    {
        if (places.dtype != ScalarType.Int64)
        {
            throw node.Refused($"Its places are {places.dtype}.");
        }

        Tensor zero = tensor(0L), positive = where(places.lt(zero), NumberNodes.Sum(places, tensor(length)), places);
        return places.numel() == 0 || (positive.min().item<long>() >= 0 && positive.max().item<long>() < length)
            ? positive
            : throw node.Refused($"A place is outside of a length of {length}.");
    }

    private static Tensor Gather(NodeRun node)
    {
        (Tensor x, Tensor places) = (node[0], node[1]);
        int axis = node.Axis(node.Whole("axis", 0), x.dim());
        long[] shape = [.. x.shape[..axis], .. places.shape, .. x.shape[(axis + 1)..]];
        node.Spend(shape);
        return x.index_select(axis, Positive(node, places.reshape(-1), x.size(axis))).reshape(shape);
    }

    private static Tensor Pad(NodeRun node)
    {
        Tensor x = node[0];
        int rank = (int)x.dim();
        long[] pads = node.Listed("pads", 1) ?? [];
        if (node.Has(3))
        {
            long[] axes = node.Axes(node.Longs(3), rank), all = new long[2 * rank];
            for (int place = 0; place < axes.Length && pads.Length == 2 * axes.Length; place++)
            {
                (all[axes[place]], all[axes[place] + rank]) = (pads[place], pads[place + axes.Length]);
            }

            pads = all;
        }

        if (pads.Length != 2 * rank || pads.Any(pad => Math.Abs((double)pad) > int.MaxValue)
            || x.shape.Where((length, axis) => length + pads[axis] + pads[axis + rank] < 0).Any())
        {
            throw node.Refused($"Its padding [{string.Join(", ", pads)}] does not fit [{string.Join(", ", x.shape)}].");
        }

        node.Spend(x.shape.Select((length, axis) => length + pads[axis] + pads[axis + rank]));
        double value = node.Has(2) ? node[2].to(ScalarType.Float64).reshape([]).item<double>() : node.Number("value", 0);
        return node.Text("mode", "constant") switch
        {
            "constant" => nn.functional.pad(
                x, [.. Enumerable.Range(0, rank).Reverse().SelectMany(axis => (long[])[pads[axis], pads[axis + rank]])],
                    PaddingModes.Constant, value),
            string mode => throw node.Refused($"Padding by '{mode}' is not read."),
        };
    }

    private static Tensor ScatterNd(NodeRun node)
    {
        (Tensor x, Tensor places, Tensor updates) = (node[0], node[1], node[2]);
        long depth = places.dim() > 0 ? places.size(-1) : 0;
        if (depth < 1 || depth > x.dim() || node.Text("reduction", "none") != "none" || updates.dtype != x.dtype
            || !updates.shape.SequenceEqual(places.shape[..^1].Concat(x.shape[(int)depth..])))
        {
            throw node.Refused("Its places and values do not fit.");
        }

        node.Spend(x.shape);
        long inner = x.shape[(int)depth..].Aggregate(1L, (product, length) => product * length);
        Tensor rows = zeros([places.numel() / depth], ScalarType.Int64);
        for (int axis = 0; axis < depth; axis++)
        {
            Tensor column = Positive(node, places.reshape(-1, depth).select(1, axis), x.size(axis));
            rows = NumberNodes.Sum(rows.mul(tensor(x.size(axis))), column);
        }

        Tensor result = x.reshape(-1, inner).clone();
        result.index_copy_(0, rows, updates.reshape(-1, inner));
        return result.reshape(x.shape);
    }
}
