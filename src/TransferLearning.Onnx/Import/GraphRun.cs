namespace TransferLearning.Onnx;

/// <summary>
/// Runs a graph, with values that a seed draws behind every part that has weights instead of what the weights would give. So two graphs
/// can be run beside each other before anybody knows which weight of the one is which of the other: whatever takes the same values
/// at the same kind of part is the same, and what lies between the parts (activations, pooling, attention, norms, their epsilons and
/// orders) is the same where the next part takes the same values.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="opset">The version of its operators.</param>
/// <param name="budget">How much may be computed.</param>
/// <param name="bound">How large the drawn values are.</param>
/// <param name="parts">Knows the parts.</param>
internal sealed class GraphRun(GraphProto graph, long opset, RunBudget budget, double bound, IGraphParts parts) : IDisposable
{
    private const int MostListed = 12;

    private static readonly Dictionary<string, Func<NodeRun, Tensor>> Known = new(
        [.. NumberNodes.All, .. ShapeNodes.All, .. PoolNodes.All]);

    private readonly Dictionary<string, RunValue> _values = [];
    private readonly HashSet<RunValue> _all = [];
    private readonly Dictionary<string, List<NodeProto>> _takers = [];
    private readonly Dictionary<string, int> _uses = [];
    private readonly HashSet<string> _outputs = [.. graph.Output.Select(output => output.Name)];
    private readonly HashSet<NodeProto> _done = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, (NodeProto Node, string Text)> _between = [];

    /// <summary>What was used outside of parts.</summary>
    public HashSet<string> UsedBetween { get; } = [];

    /// <summary>The name of the first output.</summary>
    public string OutputName => graph.Output[0].Name;

    /// <summary>The first output.</summary>
    public RunValue Output { get; private set; } = null!;

    /// <summary>Runs it.</summary>
    /// <param name="given">Inputs, initialisers and weights by name.</param>
    /// <exception cref="GraphException">It cannot be run.</exception>
    public void Run(IEnumerable<KeyValuePair<string, RunValue>> given)
    {
        foreach ((string name, RunValue value) in given)
        {
            Give(name, value);
        }

        HashSet<string> made = [];
        foreach (NodeProto node in graph.Node)
        {
            foreach (string name in node.Output.Where(name => name.Length > 0))
            {
                if (_values.ContainsKey(name) || !made.Add(name))
                {
                    throw new GraphException(NodeRun.PlaceOf(node), $"It gives '{name}', which is there already.");
                }
            }

            foreach (string input in node.Input.Where(input => input.Length > 0))
            {
                _uses[input] = _uses.GetValueOrDefault(input) + 1;
                (CollectionsMarshal.GetValueRefOrAddDefault(_takers, input, out _) ??= []).Add(node);
            }
        }

        // Stored weights are arranged first, so that what follows a layer is known when the layer is met.
        foreach (NodeProto node in graph.Node.Where(node => node.OpType is "Constant" or "Identity" or "Transpose" or "Reshape" or "Squeeze"
            or "Unsqueeze" or "Cast"))
        {
            if (node.Input.All(input => input.Length == 0 || (_values.TryGetValue(input, out RunValue? value)
                && value.Kind != RunValueKind.Data)))
            {
                Compute(node);
                _done.Add(node);
            }
        }

        foreach (NodeProto node in graph.Node.Where(node => !_done.Contains(node)))
        {
            if (_done.Add(node))
            {
                Compute(node);
            }
        }

        Output = graph.Output.Count > 0 && _values.GetValueOrDefault(graph.Output[0].Name) is { Kind: RunValueKind.Data } output
            ? output
            : throw new GraphException("the graph", "Its first output depends on no input.");
    }

    /// <summary>What lies between the parts before a node and the node, for messages.</summary>
    /// <param name="names">The values that the node takes.</param>
    public string Before(IEnumerable<string> names)
    {
        Queue<string> open = new(names);
        HashSet<string> seen = [];
        List<string> texts = [];
        while (open.TryDequeue(out string? name) && texts.Count < MostListed)
        {
            if (seen.Add(name) && _between.TryGetValue(name, out (NodeProto Node, string Text) found))
            {
                texts.Insert(0, found.Text);
                foreach (string input in found.Node.Input)
                {
                    open.Enqueue(input);
                }
            }
        }

        return texts.Count == 0 ? "nothing" : string.Join(", ", texts);
    }

    public void Dispose()
    {
        foreach (RunValue value in _all)
        {
            value.Dispose();
        }
    }

    private void Give(string name, RunValue value)
    {
        _all.Add(value);
        _values[name] = value;
    }

    private void Give(string name, RunValueKind kind, Tensor tensor, IReadOnlyList<string> sources)
    {
        tensor.DetachFromDisposeScope();
        Give(name, RunValue.Of(kind, tensor, sources));
    }

    private void Compute(NodeProto node)
    {
        using DisposeScope scope = NewDisposeScope();
        try
        {
            if (node.Domain is not ("" or "ai.onnx") || node.Output.Count == 0 || node.Input.Count > ushort.MaxValue)
            {
                throw new GraphException(
                    NodeRun.PlaceOf(node),
                        $"Operators of '{node.Domain}', without outputs or with {node.Input.Count} inputs are not read.");
            }

            ComputeIn(node);
        }
        catch (Exception exception) when (
            exception is ExternalException or ArgumentException or InvalidOperationException or NotSupportedException
            or ArithmeticException or IndexOutOfRangeException)
        {
            throw new GraphException(NodeRun.PlaceOf(node), $"It cannot be computed: {exception.Message.Split('\n')[0]}", exception);
        }

        Release(node);
    }

    private void ComputeIn(NodeProto node)
    {
        RunValue?[] inputs = [.. node.Input.Select(name => name.Length == 0 ? null : _values.GetValueOrDefault(name)
            ?? throw new GraphException(NodeRun.PlaceOf(node), $"It takes '{name}', which no node before it gives."))];
        RunValue? second = inputs.ElementAtOrDefault(1);
        switch (node.OpType)
        {
            case "Conv":
                Convolve(node, inputs);
                return;
            case "BatchNormalization":
                Normalize(node, inputs);
                return;
            case "MatMul" or "Gemm" when second is { Kind: not RunValueKind.Data, Shape.Length: 2 } && Multiply(node, inputs):
                return;
            case "LayerNormalization" or "InstanceNormalization" when inputs.Length > 1:
                NormalizeAndScale(node, inputs);
                return;
            case "Split":
                IReadOnlyList<Tensor> pieces = ShapeNodes.Split(Begin(node, inputs));
                foreach ((string name, Tensor piece) in node.Output.Zip(pieces))
                {
                    Give(name, inputs[0]!.Kind, piece, inputs[0]!.Sources);
                    Between(node, inputs, name);
                }

                return;
            case "Transpose" when inputs[0]?.Kind is not RunValueKind.Data && inputs[0]?.Turned() is { } turned
                && (node.Attribute.Count == 0 || node.Attribute[0].Ints is [1, 0]):
                Give(node.Output[0], turned);
                return;
            case "Identity" when inputs[0] is { Kind: not RunValueKind.Data } same:
                _values[node.Output[0]] = same;
                return;
            case "If" or "Loop" or "Scan":
                throw new GraphException(NodeRun.PlaceOf(node), "Networks with branches or loops are not read.");
        }

        bool isSelection = ShapeNodes.IsSelection(node.OpType) && inputs[0]?.Kind != RunValueKind.Data
            && inputs.Skip(1).All(input => input?.Kind is null or RunValueKind.Constant);
        if ((isSelection && inputs[0]?.Kind == RunValueKind.Weight) || node.OpType is "Shape" or "Size")
        {
            RunValueKind kind = node.OpType is "Shape" or "Size" ? RunValueKind.Constant : RunValueKind.Weight;
            Give(node.Output[0], kind, Evaluated(node, inputs), inputs[0]!.Sources);
            return;
        }

        if (isSelection || Join(node, node.OpType, inputs, node.Output[0]) is not { } joined)
        {
            bool isData = inputs.Any(input => input?.Kind == RunValueKind.Data);
            Give(
                node.Output[0], isData ? RunValueKind.Data : RunValueKind.Constant, Evaluated(node, inputs),
                isData ? [] : [.. inputs.SelectMany(input => input?.Sources ?? [])]);
            if (isData)
            {
                Between(node, inputs, node.Output[0]);
            }

            return;
        }

        Give(node.Output[0], RunValueKind.Data, joined, []);
    }

    private NodeRun Begin(NodeProto node, IReadOnlyList<RunValue?> inputs)
        => new(node, [.. inputs.Select(input => input?.Tensor)], opset, budget);

    private Tensor Evaluated(NodeProto node, IReadOnlyList<RunValue?> inputs) => Evaluated(Begin(node, inputs), node.OpType);

    private static Tensor Evaluated(NodeRun node, string type)
        => Known.TryGetValue(type, out Func<NodeRun, Tensor>? compute)
            ? compute(node)
            : throw node.Refused($"This operator is not read; {string.Join(", ", Known.Keys.Order(StringComparer.Ordinal))} are.");

    private void Between(NodeProto node, IReadOnlyList<RunValue?> inputs, string output)
    {
        foreach (RunValue? constant in inputs.Where(input => input?.Kind == RunValueKind.Constant))
        {
            UsedBetween.UnionWith(constant!.Sources);
        }

        IEnumerable<string> attributes = node.Attribute.Where(one => one.Type is AttributeProto.Types.AttributeType.Int
            or AttributeProto.Types.AttributeType.Ints or AttributeProto.Types.AttributeType.Float
            or AttributeProto.Types.AttributeType.String)
            .Take(MostListed)
            .Select(one => one.Type switch
            {
                AttributeProto.Types.AttributeType.Int => $"{one.Name} {one.I}",
                AttributeProto.Types.AttributeType.Float => string.Create(CultureInfo.InvariantCulture, $"{one.Name} {one.F:g6}"),
                AttributeProto.Types.AttributeType.Ints => $"{one.Name} [{string.Join(", ", one.Ints.Take(MostListed))}]",
                _ => $"{one.Name} {one.S.ToStringUtf8()[..Math.Min(40, one.S.Length)]}",
            });
        IEnumerable<string> numbers = inputs.Where(input => input is { Kind: RunValueKind.Constant }
            && input.Shape.All(length => length == 1))
            .Select(input => string.Create(CultureInfo.InvariantCulture,
                $"{input!.Tensor.to(ScalarType.Float64).reshape([]).item<double>():g6}"));
        string[] details = [.. attributes, .. numbers];
        _between[output] = (node, details.Length == 0 ? node.OpType : $"{node.OpType}({string.Join(", ", details)})");
    }

    private void Release(NodeProto node)
    {
        foreach (string name in node.Input.Where(name => name.Length > 0))
        {
            if (--CollectionsMarshal.GetValueRefOrAddDefault(_uses, name, out _) == 0 && !_outputs.Contains(name)
                && _values.TryGetValue(name, out RunValue? value) && value.Kind == RunValueKind.Data)
            {
                value.Dispose();
                _values.Remove(name);
                _all.Remove(value);
            }
        }
    }

    // A weight meets values, one by one or beside them: y = x + b, [b, x]. Null where no part is known that does so.
    private Tensor? Join(NodeProto node, string type, IReadOnlyList<RunValue?> inputs, string output)
    {
        RunValue[] stored = [.. inputs.OfType<RunValue>().Where(input => input.Kind != RunValueKind.Data
            && input.Shape.Any(length => length > 1))];
        string place = type == "Concat" ? $" at {inputs.Select((input, number) => input?.Kind == RunValueKind.Data ? -1 : number).Max()}"
            : "";
        string detail = string.Join(" and ", stored.Select(value
            => $"[{string.Join(", ", value.Shape.SkipWhile(length => length == 1))}]")) + place;
        if (stored.Length == 0 || !parts.Knows(type, detail, stored))
        {
            return null;
        }

        RunValue[] data = [.. inputs.OfType<RunValue>().Where(input => input.Kind == RunValueKind.Data)];
        PartSketch sketch = data.Length == 0 ? PartSketch.None : PartSketch.OfElements(data.Select(value => value.Tensor));
        if (parts.Meet(new GraphPart(type, detail, node, sketch, false) { Weights = stored }, this) is not { } part)
        {
            return null;
        }

        double size = type is "Add" or "Sub" or "Concat" or "Sum" ? bound / 4 : 2;
        List<Tensor?> taken = [];
        int number = 0;
        foreach (RunValue? input in inputs)
        {
            taken.Add(input is null || !stored.Contains(input) ? input?.Tensor
                : part.Weights[number].Kind == RunValueKind.Constant ? part.Weights[number++].Tensor.reshape(input.Shape)
                : RunValues.Uniform(part.Seed + number++, input.Shape, size));
        }

        return Evaluated(new NodeRun(node, taken, opset, budget), type);
    }

    private void NormalizeAndScale(NodeProto node, RunValue?[] inputs)
    {
        Tensor normalized = Evaluated(node, [inputs[0]]);
        bool isOfChannels = node.OpType == "InstanceNormalization";
        foreach ((string type, RunValue? stored) in (ReadOnlySpan<(string, RunValue?)>)[("Mul", inputs.ElementAtOrDefault(1)),
            ("Add", inputs.ElementAtOrDefault(2))])
        {
            if (stored is null)
            {
                continue;
            }

            long[] shape = isOfChannels ? [stored.Shape[0], .. Enumerable.Repeat(1L, inputs[0]!.Shape.Length - 2)] : stored.Shape;
            RunValue[] taken =
            [
                RunValue.Of(RunValueKind.Data, normalized, []),
                isOfChannels ? RunValue.Of(stored.Kind, stored.Tensor.reshape(shape), stored.Sources) : stored,
            ];
            if (isOfChannels)
            {
                taken[1].Tensor.DetachFromDisposeScope();
                _all.Add(taken[1]);
            }

            normalized = Join(node, type, taken, node.Output[0]) ?? Evaluated(
                new NodeRun(node, [normalized, taken[1].Tensor], opset, budget), type);
        }

        Give(node.Output[0], RunValueKind.Data, normalized, []);
        Between(node, inputs, node.Output[0]);
    }

    private void Convolve(NodeProto node, RunValue?[] inputs)
    {
        NodeRun run = new(node, [], opset, budget);
        (RunValue? x, RunValue? weight) = (inputs.ElementAtOrDefault(0), inputs.ElementAtOrDefault(1));
        long groups = run.Whole("group", 1);
        if (x is null || weight is null or { Kind: RunValueKind.Data } || weight.Shape.Length != x.Shape.Length || x.Shape.Length < 3
            || groups < 1
            || weight.Shape[1] > x.Shape[1] || weight.Shape[1] * groups != x.Shape[1])
        {
            throw run.Refused(
                $"Its kernel [{string.Join(", ", weight?.Shape ?? [])}] of {groups} groups does not fit "
                    + $"[{string.Join(", ", x?.Shape ?? [])}].");
        }

        Windows windows = Windows.Of(run, x.Shape[2..], weight.Shape[2..]);
        Windows reaching = windows.Reaching(x.Shape[2..]);
        string detail = $"[{string.Join(", ", [.. weight.Shape[..2], .. reaching.Kernel])}] groups {groups} {reaching}";
        (GraphPart found, string output, List<NodeProto> behind) = Followed(
            new GraphPart("Conv", detail, node, PartSketch.OfPlaces(x.Tensor), x.IsInput) { Weights = [weight], Input = x.Tensor },
            inputs.ElementAtOrDefault(2), weight.Shape[0]);
        GraphPart part = parts.Meet(found, this)!;
        _done.UnionWith(behind);
        long[] shape = [x.Shape[0], weight.Shape[0], .. windows.Outputs];
        run.Spend(shape);
        Give(output, RunValueKind.Data, RunValues.Uniform(part.Seed, shape, bound), []);
    }

    private bool Multiply(NodeProto node, RunValue?[] inputs)
    {
        NodeRun run = new(node, [], opset, budget);
        (RunValue x, RunValue matrix) = (inputs[0] ?? throw run.Refused("Its first input is absent."), inputs[1]!);
        bool isPlain = node.OpType == "MatMul" || (run.Whole("transA", 0) == 0 && run.Number("alpha", 1) == 1
            && run.Number("beta", 1) == 1);
        if (run.Whole("transB", 0) != 1)
        {
            // The layer's own way: [outputs, inputs].
            matrix = matrix.Turned() ?? RunValue.Of(matrix.Kind, matrix.Tensor.t().MoveToOuterDisposeScope(), matrix.Sources);
            _all.Add(matrix);
        }

        (long outputs, long width) = (matrix.Shape[0], matrix.Shape[1]);
        string detail = $"[{outputs}, {width}]";
        if (!isPlain || x.Shape.Length == 0 || x.Shape[^1] != width || x.Kind == RunValueKind.Weight
            || !parts.Knows("Linear", detail, [matrix]))
        {
            return false;
        }

        (GraphPart found, string output, List<NodeProto> behind) = Followed(
            new GraphPart("Linear", detail, node, PartSketch.OfRows(x.Tensor), x.IsInput) { Weights = [matrix], Input = x.Tensor },
            inputs.ElementAtOrDefault(2), outputs);
        if (parts.Meet(found, this) is not { } part)
        {
            return false;
        }

        _done.UnionWith(behind);
        run.Spend([.. x.Shape[..^1], outputs]);
        Give(output, RunValueKind.Data, RunValues.Mapped(x.Tensor, outputs, part.Seed, bound), []);
        return true;
    }

    private void Normalize(NodeProto node, RunValue?[] inputs)
    {
        NodeRun run = new(node, [], opset, budget);
        if (inputs.Length < 5 || inputs[0] is not { Shape.Length: >= 2 } x || NormOf(inputs, x.Shape[1]) is not { } norm)
        {
            throw run.Refused("It takes no values [N, C, ...] and four stored vectors of C numbers.");
        }

        GraphPart part = parts.Meet(
            new GraphPart("BatchNormalization", $"[{x.Shape[1]}]", node, PartSketch.OfPlaces(x.Tensor), false)
            {
                Norm = norm,
                Epsilon = run.Number("epsilon", 1e-5),
                Input = x.Tensor,
            }, this)!;
        run.Spend(x.Shape);
        long[] channels = [x.Shape[1], .. Enumerable.Repeat(1L, x.Shape.Length - 2)];
        Tensor scaled = x.Tensor.mul(RunValues.Uniform(part.Seed, channels, 2));
        Give(node.Output[0], RunValueKind.Data, NumberNodes.Sum(scaled, RunValues.Uniform(part.Seed + 1, channels, bound / 4)), []);
    }

    // A bias and a batch norm that only this layer has behind it are parts of it; their nodes are not computed then.
    private (GraphPart Part, string Output, List<NodeProto> Behind) Followed(GraphPart layer, RunValue? bias, long channels)
    {
        string output = layer.Node.Output[0];
        List<NodeProto> behind = [];
        if (bias is { Kind: RunValueKind.Data } || (bias is not null && bias.Count != channels))
        {
            throw new GraphException(NodeRun.PlaceOf(layer.Node), $"Its bias is no stored vector of {channels} numbers.");
        }

        long trailing = layer.Kind == "Conv" ? layer.Weights[0].Shape.Length - 2 : 0;
        if (bias is null && Next(output) is { OpType: "Add" } sum && Stored(sum.Input.FirstOrDefault(name => name != output)) is { } added
            && added.Count == channels && added.Shape.Length > trailing && added.Shape[^(int)(trailing + 1)] == channels)
        {
            (bias, output) = (added, sum.Output[0]);
            behind.Add(sum);
        }

        if (layer.Kind == "Conv" && Next(output) is { OpType: "BatchNormalization" } next && next.Input[0] == output
            && NormOf([.. next.Input.Select(name => Stored(name))], channels) is { } norm)
        {
            output = next.Output[0];
            behind.Add(next);
            layer = layer with { Norm = norm, Epsilon = new NodeRun(next, [], opset, budget).Number("epsilon", 1e-5) };
        }

        return (layer with { Bias = bias }, output, behind);

        NodeProto? Next(string name) => !_outputs.Contains(name)
            && _takers.GetValueOrDefault(name) is [{ Input.Count: >= 2, Output.Count: > 0 } only] ? only : null;

        RunValue? Stored(string? name) => name is not null && _values.TryGetValue(name, out RunValue? value)
            && value.Kind != RunValueKind.Data ? value : null;
    }

    private static RunValue[]? NormOf(RunValue?[] inputs, long channels)
        => inputs.Length >= 5 && inputs.Skip(1).Take(4).All(value => value is { Kind: not RunValueKind.Data } && value.Count == channels)
            ? [.. inputs.Skip(1).Take(4).Select(value => value!)]
            : null;
}
