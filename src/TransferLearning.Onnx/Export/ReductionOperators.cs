namespace TransferLearning.Onnx;

/// <summary>Operators that make one number of many.</summary>
internal static class ReductionOperators
{
    /// <summary>The operators by LibTorch's names.</summary>
    public static IReadOnlyDictionary<string, Action<OperatorCall>> All { get; } = new Dictionary<string, Action<OperatorCall>>
    {
        ["mean"] = call => Reduce(call, "ReduceMean"),
        ["sum"] = call => Reduce(call, "ReduceSum"),
        ["amax"] = call => call.Give(call.Graph.Reduce("ReduceMax", call.Name(0), Axes(call, 1), call.Flag(2))),
        ["norm"] = call => Norm(call, 1),
        ["linalg_vector_norm"] = call => Norm(call, 1),
        ["softmax"] = call => Softmax(call, "Softmax"),
        ["special_softmax"] = call => Softmax(call, "Softmax"),
        ["_softmax"] = call => Softmax(call, "Softmax"),
        ["log_softmax"] = call => Softmax(call, "LogSoftmax"),
        ["special_log_softmax"] = call => Softmax(call, "LogSoftmax"),
        ["argmax"] = call => call.Give(call.Has(1)
            ? call.Add("ArgMax", [call.Name(0)], ("axis", call.Axis(1)), ("keepdims", call.Flag(2) ? 1 : 0))
            : throw call.Refused("it has no axis")),
        ["cumsum"] = call => call.Give(call.Add("CumSum", [call.Operand(0, call.Output.Type), call.Graph.WholeScalar(call.Axis(1))])),
    };

    private static IReadOnlyList<long> Axes(OperatorCall call, int place) => [.. call.Wholes(place).Select(axis => (long)call.Axis(axis))];

    // (tensor, type) or (tensor, axes, keep, type)
    private static void Reduce(OperatorCall call, string type)
        => call.Give(call.Count <= 2
            ? call.Graph.Reduce(type, call.Operand(0, call.Output.Type), [], keeps: false)
            : call.Graph.Reduce(type, call.Operand(0, call.Output.Type), Axes(call, 1), call.Flag(2)));

    private static void Norm(OperatorCall call, int order)
        => call.Give(call.Number(order, 2) == 2
            ? call.Graph.Reduce("ReduceL2", call.Name(0), Axes(call, 2), call.Flag(3))
            : throw call.Refused("it is not of the order 2"));

    private static void Softmax(OperatorCall call, string type)
        => call.Give(call.Add(type, [call.Operand(0, call.Output.Type)], ("axis", call.Axis(1))));
}
