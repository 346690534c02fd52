namespace TransferLearning.Onnx;

/// <summary>Operators that take parts of tensors.</summary>
internal static class IndexOperators
{
    /// <summary>The operators by LibTorch's names.</summary>
    public static IReadOnlyDictionary<string, Action<OperatorCall>> All { get; } = new Dictionary<string, Action<OperatorCall>>
    {
        ["select"] = call => call.Give(Gather(call, call.Name(0), call.Graph.LengthScalar(call.Size(2)), call.Axis(1))),
        ["narrow"] = Narrow,
        ["slice"] = Slice,
        ["index_select"] = call => call.Give(Gather(call, call.Name(0), call.Name(2), call.Axis(1))),
        ["embedding"] = call => call.Give(Gather(call, call.Name(0), call.Name(1), 0)),
        ["gather"] = call => call.Give(call.Add("GatherElements", [call.Name(0), call.Name(2)], ("axis", call.Axis(1)))),
        ["index"] = Index,
        ["chunk"] = _ => { },
        ["split"] = _ => { },
        ["split_with_sizes"] = _ => { },
        ["tensor_split"] = _ => { },
        ["unbind"] = _ => { },
    };

    /// <summary>The parts of a list that an operator gave.</summary>
    /// <param name="call">What unpacks it.</param>
    /// <param name="source">What gave it.</param>
    public static void Unpack(OperatorCall call, OperatorCall source)
    {
        IReadOnlyList<GraphValue> parts = call.Node.Outputs;
        bool isUnbound = source.Node.Kind == "unbind";
        int axis = source.Has(isUnbound ? 1 : 2) ? source.Axis(isUnbound ? 1 : 2) : 0;
        if (isUnbound)
        {
            for (int place = 0; place < parts.Count; place++)
            {
                call.Graph.Name(parts[place], Gather(call, source.Name(0), call.Graph.WholeScalar(place), axis));
            }

            return;
        }

        IReadOnlyList<string> names = call.Graph.Add(
            "Split", [source.Name(0), call.Graph.Shape([.. parts.Select(part => part.Shape![axis])])], parts.Count, [("axis", axis)]);
        for (int place = 0; place < parts.Count; place++)
        {
            call.Graph.Name(parts[place], names[place]);
        }
    }

    private static string Gather(OperatorCall call, string input, string places, long axis)
        => call.Add("Gather", [input, places], ("axis", axis));

    private static void Narrow(OperatorCall call)
    {
        (Size start, Size length) = (call.Size(2), call.Size(3));
        string end = start.IsFixed && length.IsFixed
            ? call.Graph.Whole(start.Constant + length.Constant)
            : call.Add("Add", [call.Graph.Length(start), call.Graph.Length(length)]);
        call.Give(call.Add("Slice", [call.Name(0), call.Graph.Length(start), end, call.Graph.Whole(call.Axis(1))]));
    }

    private static void Slice(OperatorCall call)
    {
        if (call.Shape(0).SequenceEqual(call.Output.Shape!))
        {
            call.Give(call.Name(0));
            return;
        }

        call.Give(call.Add("Slice",
        [
            call.Name(0),
            call.Graph.Length(call.Has(2) ? call.Size(2) : new Size(0)),
            call.Graph.Length(call.Has(3) ? call.Size(3) : new Size(long.MaxValue)),
            call.Graph.Whole(call.Has(1) ? call.Axis(1) : 0),
            call.Graph.Whole(call.Has(4) ? call.Whole(4) : 1),
        ]));
    }

    private static void Index(OperatorCall call)
    {
        IReadOnlyList<GraphValue> places = call.List(1);
        (GraphValue Value, int Axis)[] given = [.. places.Select((value, axis) => (value, axis)).Where(
            place => place.value.Shape is not null)];
        call.Give(given is [var (value, axis)] && value.IsWhole
            ? Gather(call, call.Name(0), call.Graph.NameOf(value), axis)
            : throw call.Refused("it selects by several tensors or by truth values"));
    }
}
