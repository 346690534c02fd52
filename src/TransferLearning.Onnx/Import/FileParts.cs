namespace TransferLearning.Onnx;

/// <summary>The parts of a file's graph, each beside the network's own.</summary>
/// <param name="network">The network's.</param>
/// <param name="own">The network's graph as it was run.</param>
/// <param name="architecture">Its name.</param>
internal sealed class FileParts(NetworkParts network, GraphRun own, string architecture) : IGraphParts
{
    private readonly List<GraphPart> _open = [.. network.All];
    private GraphException? _difference; // of the first part that the network does not have; it may be a constant that only looks like one

    /// <summary>The pairs found.</summary>
    public List<(GraphPart Expected, GraphPart Found)> Pairs { get; } = [];

    public bool Knows(string kind, string detail, IReadOnlyList<RunValue> stored)
        => kind == "Linear" || _open.Exists(part => part.Kind == kind && part.Detail == detail);

    public GraphPart? Meet(GraphPart part, GraphRun run)
    {
        int place = _open.FindIndex(
            open => open.Kind == part.Kind && open.Detail == part.Detail && open.Sketch.IsSame(part.Sketch)
                && HasSameConstants(open, part));
        if (place >= 0)
        {
            GraphPart expected = _open[place];
            _open.RemoveAt(place);
            Pairs.Add((expected, part with { Input = null }));
            return expected;
        }

        GraphPart? near = _open.Find(open => open.Kind == part.Kind && open.Sketch.IsSame(part.Sketch));
        if (_difference is null && (part.Kind is "Conv" or "BatchNormalization" || (part.Kind == "Linear" && near is not null)))
        {
            throw Another(part, near, run);
        }

        _difference ??= Another(part, null, run);
        return part.Kind is "Conv" or "BatchNormalization" ? throw _difference : null;
    }

    /// <summary>Compares what comes out; a file may end before the last layer, or with probabilities.</summary>
    public void RequireSame(GraphRun run)
    {
        (Tensor output, Tensor logits) = (run.Output.Tensor, own.Output.Tensor);
        GraphPart? final = network.Final;
        GraphPart? missing = _open.Find(part => !ReferenceEquals(part, final));
        bool isWhole = _open.Count == 0 && output.numel() == logits.numel()
            && (PartSketch.AreSame(output, logits) || PartSketch.AreSame(output, logits.softmax(-1))
                || PartSketch.AreSame(output, logits.log_softmax(-1))
                || PartSketch.AreSame(output, logits.sigmoid()));
        bool isBackbone = missing is null && _open.Count == 1 && final is not null && PartSketch.AreSame(output, final.Input!);
        if (isWhole || isBackbone)
        {
            return;
        }

        if (_difference is not null && _open.Count > 0)
        {
            throw _difference;
        }

        string name = run.OutputName;
        GraphPart? next = missing ?? _open.FirstOrDefault();
        throw new GraphException(
            $"output '{name}'",
            next is null
                ? $"The graph is another one than that of {architecture}: behind the last layer the network has "
                    + $"{own.Before([own.OutputName])}, and the file {run.Before([name])}."
                : $"The graph is another one than that of {architecture}: it ends without {next}, which "
                    + $"{NodeRun.PlaceOf(next.Node)} of the network has behind {own.Before(next.Node.Input)}; the "
                    + $"file ends with {run.Before([name])}.");
    }

    private static bool HasSameConstants(GraphPart expected, GraphPart found)
        => expected.Weights.Zip(found.Weights).All(pair => pair.First.Kind != RunValueKind.Constant
            || PartSketch.AreSame(pair.First.Tensor.to(ScalarType.Float64), pair.Second.Tensor.to(ScalarType.Float64)));

    private GraphException Another(GraphPart found, GraphPart? near, GraphRun run)
    {
        GraphPart? same = near is null ? _open.Find(open => open.Kind == found.Kind && open.Detail == found.Detail) : null;
        GraphPart? expected = near ?? same ?? _open.FirstOrDefault();
        string problem = $"The graph is another one than that of {architecture}: ";
        problem += expected is null ? $"nothing is expected here any more, and {found} was found."
            : same is null ? $"{expected} is expected here, as {NodeRun.PlaceOf(expected.Node)} of the network has it, "
                + $"and {found} was found."
            : $"{found} takes other values than {NodeRun.PlaceOf(expected.Node)} of the network, as which it is expected here. "
                + $"Before it the network has {own.Before(expected.Node.Input)}, and the file {run.Before(found.Node.Input)}.";
        return new GraphException(NodeRun.PlaceOf(found.Node), problem);
    }
}
