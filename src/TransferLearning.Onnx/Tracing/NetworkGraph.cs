namespace TransferLearning.Onnx;

/// <summary>
/// A network as a graph that holds for inputs of any size: recordings of inputs of several sizes, compared. What differs between them
/// depends on the sizes, and how is found by the numbers.
/// </summary>
/// <param name="Inputs">What goes in.</param>
/// <param name="Weights">Parameters and buffers.</param>
/// <param name="Nodes">The operators in an order in which they can be run; no constants and lists.</param>
/// <param name="Outputs">What comes out.</param>
internal sealed record NetworkGraph(
    IReadOnlyList<GraphValue> Inputs, IReadOnlyList<GraphValue> Weights, IReadOnlyList<GraphNode> Nodes, IReadOnlyList<GraphValue> Outputs)
{
    private const string ConstantKind = "prim::Constant";

    /// <summary>Compares recordings.</summary>
    /// <param name="recordings">Of inputs of different sizes. Their constants must live as long as the graph.</param>
    /// <param name="inputs">How many inputs there are; they have the first numbers.</param>
    /// <param name="weights">How many weights there are; they have the ones behind them.</param>
    /// <exception cref="NotSupportedException">The network runs other operators for inputs of another size, numbers depend on sizes in a
    /// way that is not understood, or a tensor is changed in place while another one looks into its memory.</exception>
    public static NetworkGraph Of(IReadOnlyList<Recording> recordings, int inputs, int weights)
    {
        Recording first = recordings[0];
        foreach (Recording other in recordings.Skip(1))
        {
            RequireAlike(first, other);
        }

        SharedMemory.Require(first);
        Dictionary<long, GraphValue> values = [];
        List<GraphNode> nodes = [];
        for (int place = 0; place < first.Nodes.Count; place++)
        {
            RecordedNode node = first.Nodes[place];
            RecordedNode[] all = [.. recordings.Select(recording => recording.Nodes[place])];
            GraphValue[] taken = [.. node.Inputs.Select(number => values[number])];
            GraphValue[] given = [.. node.Outputs.Select((output, index) => Merged(
                [.. all.Select(other => other.Outputs[index])], recordings))];
            if (node.Kind == ConstantKind)
            {
                given[0] = given[0] with { Constant = ConstantOf(given[0], all, recordings, inputs + weights) };
            }
            else if (node.Kind is "prim::ListConstruct" or "prim::TupleConstruct")
            {
                given[0] = given[0] with { Constant = taken };
            }
            else
            {
                nodes.Add(new GraphNode(node.Kind[(node.Kind.LastIndexOf(':') + 1)..].TrimEnd('_'), taken, given));
            }

            foreach (GraphValue value in given)
            {
                values[value.Number] = value;
            }
        }

        return new NetworkGraph(
            Declared(0, inputs), Declared(inputs, weights), nodes, [.. first.Outputs.Select(number => values[number])]);

        // What is not used is in no recording.
        GraphValue[] Declared(int start, int count)
            => [.. Enumerable.Range(start, count).Select(number => values.GetValueOrDefault(number) ?? new GraphValue(number, "", null))];
    }

    private static void RequireAlike(Recording first, Recording other)
    {
        for (int place = 0; place < Math.Max(first.Nodes.Count, other.Nodes.Count); place++)
        {
            (RecordedNode? left, RecordedNode? right) = (first.Nodes.ElementAtOrDefault(place), other.Nodes.ElementAtOrDefault(place));
            if (left?.Kind != right?.Kind || !left!.Inputs.SequenceEqual(right!.Inputs)
                || !left.Outputs.Select(output => output.Number).SequenceEqual(right.Outputs.Select(output => output.Number)))
            {
                throw new NotSupportedException(
                    $"The network runs other operators for inputs of another size ({left?.Kind ?? "nothing"} for sizes "
                        + $"{string.Join(", ", first.Sizes)}, {right?.Kind ?? "nothing"} for {string.Join(", ", other.Sizes)}), so no ONNX "
                        + "graph holds for all.");
            }
        }
    }

    private static GraphValue Merged(IReadOnlyList<RecordedValue> values, IReadOnlyList<Recording> recordings)
    {
        RecordedValue first = values[0];
        if (first.Shape is null)
        {
            return new GraphValue(first.Number, first.Type, null);
        }

        if (values.Any(value => value.Type != first.Type || value.Shape?.Count != first.Shape.Count))
        {
            throw new NotSupportedException($"Value {first.Number} has another type or rank for inputs of another size.");
        }

        return new GraphValue(first.Number, first.Type,
            [.. first.Shape.Select((_, axis) => SizeOf([.. values.Select(value => value.Shape![axis])], recordings, first.Number))]);
    }

    private static Size SizeOf(IReadOnlyList<long> numbers, IReadOnlyList<Recording> recordings, long value)
        => Size.Of(numbers, [.. recordings.Select(recording => recording.Sizes)])
            ?? throw new NotSupportedException(
                $"Value {value} is {string.Join(", ", numbers)} for inputs of the sizes "
                    + string.Join("; ", recordings.Select(recording => string.Join(", ", recording.Sizes)))
                    + ": how it depends on them is not understood.");

    private static object? ConstantOf(
        GraphValue value, IReadOnlyList<RecordedNode> nodes, IReadOnlyList<Recording> recordings, int declared)
    {
        if (value.Shape is not null)
        {
            return value.Number < declared ? null : SameTensor(value, recordings);
        }

        string[] texts = [.. nodes.Select(node => node.Attributes.Length == 0 ? "" : node.Attributes["value=".Length..])];
        if (value.Type == "int")
        {
            return SizeOf([.. texts.Select(text => long.Parse(text, CultureInfo.InvariantCulture))], recordings, value.Number);
        }

        if (texts.Any(text => text != texts[0]))
        {
            throw new NotSupportedException(
                $"A constant of the network ({value.Type}) is {texts[0]} for one size of its input and "
                    + $"{texts.First(text => text != texts[0])} "
                    + "for another.");
        }

        return value.Type switch
        {
            "float" => double.Parse(texts[0].Replace("inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture),
            "bool" => texts[0] == "1",
            "str" or "Device" => texts[0].Trim('"'),
            "NoneType" => null,
            _ => throw new NotSupportedException($"LibTorch recorded a constant that is not understood: {value.Type} {texts[0]}"),
        };
    }

    private static Tensor SameTensor(GraphValue value, IReadOnlyList<Recording> recordings)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor first = recordings[0].Constants[value.Number];
        foreach (Recording other in recordings.Skip(1))
        {
            Tensor tensor = other.Constants[value.Number];
            if (!first.shape.SequenceEqual(tensor.shape) || !first.eq(tensor).all().item<bool>())
            {
                throw new NotSupportedException(
                    $"The network makes a tensor [{string.Join(", ", first.shape)}] of numbers of its own, "
                        + "which is another one for inputs of "
                        + "another size. Let it compute the tensor of others (arange, comparisons), so that the graph can.");
            }
        }

        return first;
    }
}
