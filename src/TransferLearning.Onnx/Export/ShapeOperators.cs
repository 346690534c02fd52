namespace TransferLearning.Onnx;

/// <summary>Operators that move numbers, and those that make tensors.</summary>
internal static class ShapeOperators
{
    /// <summary>The operators by LibTorch's names.</summary>
    public static IReadOnlyDictionary<string, Action<OperatorCall>> All { get; } = new Dictionary<string, Action<OperatorCall>>
    {
        ["view"] = Reshape,
        ["reshape"] = Reshape,
        ["flatten"] = Reshape,
        ["unflatten"] = Reshape,
        ["unsqueeze"] = Reshape,
        ["squeeze"] = Reshape,
        ["_unsafe_view"] = Reshape,
        ["view_as"] = Reshape,
        ["permute"] = call => Transpose(call, [.. call.Wholes(1).Select(axis => (long)call.Axis(axis))]),
        ["transpose"] = call => Transpose(call, Exchanged(call, call.Axis(1), call.Axis(2))),
        ["t"] = call => Transpose(call, call.Shape(0).Count < 2 ? [] : Exchanged(call, 0, 1)),
        ["expand"] = Expand,
        ["expand_as"] = Expand,
        ["broadcast_to"] = Expand,
        ["repeat"] = Repeat,
        ["roll"] = Roll,
        ["flip"] = Flip,
        ["cat"] = Concatenate,
        ["stack"] = Stack,
        ["constant_pad_nd"] = call => Pad(call, "constant", call.Number(2, 0)),
        ["pad"] = call => Pad(call, Mode(call.Text(2) ?? "constant"), call.Number(3, 0)),
        ["_pad_enum"] = call => Pad(call, new[] { "reflect", "edge", "wrap", "constant" }[call.Whole(2)], call.Number(3, 0)),
        ["zeros"] = call => Fill(call, 0),
        ["ones"] = call => Fill(call, 1),
        ["full"] = call => Fill(call, call.Number(1)),
        ["zeros_like"] = call => Fill(call, 0),
        ["ones_like"] = call => Fill(call, 1),
        ["full_like"] = call => Fill(call, call.Number(1)),
        ["new_zeros"] = call => Fill(call, 0),
        ["new_ones"] = call => Fill(call, 1),
        ["new_full"] = call => Fill(call, call.Number(2)),
        ["arange"] = Range,
        ["triu"] = call => Triangle(call, upper: 1),
        ["tril"] = call => Triangle(call, upper: 0),
    };

    private static void Reshape(OperatorCall call) => call.Give(call.Graph.Reshape(call.Name(0), call.Shape(0), call.Output.Shape!));

    private static long[] Exchanged(OperatorCall call, int first, int second)
    {
        long[] axes = [.. Enumerable.Range(0, call.Shape(0).Count).Select(axis => (long)axis)];
        (axes[first], axes[second]) = (second, first);
        return axes;
    }

    private static void Transpose(OperatorCall call, long[] axes)
        => call.Give(axes.Length == 0 ? call.Name(0) : call.Add("Transpose", [call.Name(0)], ("perm", axes)));

    private static void Expand(OperatorCall call)
        => call.Give(call.Shape(0).SequenceEqual(call.Output.Shape!)
            ? call.Name(0)
            : call.Add("Expand", [call.Name(0), call.Graph.Shape(call.Output.Shape!)]));

    private static void Repeat(OperatorCall call)
    {
        IReadOnlyList<Size> times = call.Sizes(1);
        Size[] shape = [.. Enumerable.Repeat(new Size(1), times.Count - call.Shape(0).Count), .. call.Shape(0)];
        call.Give(call.Add("Tile", [call.Graph.Reshape(call.Name(0), call.Shape(0), shape), call.Graph.Shape(times)]));
    }

    private static void Roll(OperatorCall call)
    {
        string result = call.Name(0);
        foreach ((long shift, long axis) in call.Wholes(1).Zip(call.Wholes(2)))
        {
            if (shift != 0)
            {
                result = call.Add("Concat",
                    [Slice(result, -shift, long.MaxValue, axis), Slice(result, 0, -shift, axis)], ("axis", axis));
            }
        }

        call.Give(result);

        string Slice(string input, long start, long end, long axis)
            => call.Add("Slice", [input, call.Graph.Whole(start), call.Graph.Whole(end), call.Graph.Whole(axis)]);
    }

    private static void Flip(OperatorCall call)
    {
        IReadOnlyList<long> axes = call.Wholes(1);
        string backwards = call.Graph.Whole([.. axes.Select(_ => -1L)]);
        call.Give(call.Add("Slice",
            [call.Name(0), backwards, call.Graph.Whole([.. axes.Select(_ => long.MinValue)]), call.Graph.Whole(axes), backwards]));
    }

    private static void Concatenate(OperatorCall call)
    {
        GraphValue[] parts = [.. call.List(0).Where(part => part.Shape is not [{ Constant: 0, IsFixed: true }])];
        long axis = call.Whole(1);
        call.Give(call.Add(
            "Concat", parts.Select(part => call.Graph.Cast(call.Graph.NameOf(part), part.Type, call.Output.Type)),
            ("axis", axis < 0 ? axis + call.Output.Rank : axis)));
    }

    private static void Stack(OperatorCall call)
    {
        long axis = call.Whole(1);
        axis = axis < 0 ? axis + call.Output.Rank : axis;
        call.Give(call.Add(
            "Concat",
            call.List(0).Select(part => call.Add("Unsqueeze", [call.Graph.NameOf(part), call.Graph.Whole(axis)])),
            ("axis", axis)));
    }

    private static string Mode(string name) => name switch
    {
        "replicate" => "edge",
        "circular" => "wrap",
        _ => name,
    };

    // LibTorch names the last dimension first, and begin and end of each together.
    private static void Pad(OperatorCall call, string mode, double value)
    {
        IReadOnlyList<long> pads = call.Wholes(1);
        int rank = call.Shape(0).Count;
        long[] both = new long[2 * rank];
        for (int place = 0; place < pads.Count / 2; place++)
        {
            (both[rank - 1 - place], both[(2 * rank) - 1 - place]) = (pads[2 * place], pads[(2 * place) + 1]);
        }

        if (mode == "wrap")
        {
            throw call.Refused("circular padding");
        }

        call.Give(both.All(pad => pad == 0) ? call.Name(0) : call.Add(
            "Pad", mode == "constant" ? [call.Name(0), call.Graph.Whole(both), call.Graph.Scalar(value, call.Type)]
                : [call.Name(0), call.Graph.Whole(both)], ("mode", mode)));
    }

    private static void Fill(OperatorCall call, double value)
        => call.Give(call.Add("ConstantOfShape", [call.Graph.Shape(call.Output.Shape!)], ("value", OnnxGraph.Element(value, call.Type))));

    // (end), (start, end) or (start, end, step), and then four that say what is made.
    private static void Range(OperatorCall call)
    {
        int numbers = call.Count - 4;
        Size start = numbers == 1 ? new Size(0) : call.Size(0);
        Size end = call.Size(numbers == 1 ? 0 : 1);
        string range = call.Add("Range",
        [
            call.Graph.LengthScalar(start), call.Graph.LengthScalar(end), call.Graph.WholeScalar(numbers == 3 ? call.Whole(2) : 1),
        ]);
        call.Give(call.Graph.Cast(range, "Long", call.Output.Type));
    }

    private static void Triangle(OperatorCall call, long upper)
    {
        // Not every runtime has it for truth values.
        string type = call.Output.Type == "Bool" ? "Long" : call.Output.Type;
        string diagonal = call.Graph.LengthScalar(call.Has(1) ? call.Size(1) : new Size(0));
        call.Give(call.Graph.Cast(call.Add("Trilu", [call.Operand(0, type), diagonal], ("upper", upper)), type, call.Output.Type));
    }
}
