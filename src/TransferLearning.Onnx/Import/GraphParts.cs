namespace TransferLearning.Onnx;

/// <summary>The parts of a graph.</summary>
/// <param name="shapes">The shape of a constant by its name.</param>
/// <param name="signatures">The numbers of parts, shared by the graphs to compare.</param>
/// <param name="error">Makes an error of a place and a problem.</param>
internal sealed class GraphParts(
    IReadOnlyDictionary<string, IReadOnlyList<long>> shapes, Dictionary<string, int> signatures, Func<string, string, Exception> error)
{
    private readonly Dictionary<string, GraphPart?> _values = [];
    private readonly Dictionary<string, (string Weight, bool IsTransposed)> _constants = [];
    private readonly HashSet<string> _direct = []; // what a layer gives, before anything else

    /// <summary>Constants that were found in nodes.</summary>
    public Dictionary<string, TensorProto> Stored { get; } = [];

    /// <summary>What gives the first output.</summary>
    public GraphPart Output { get; private set; } = null!;

    public GraphParts Read(GraphProto graph)
    {
        foreach (ValueInfoProto input in graph.Input.Where(input => !shapes.ContainsKey(input.Name)))
        {
            _values[input.Name] = Make("Input", "", [], input.Name);
        }

        foreach (NodeProto node in graph.Node)
        {
            Add(node);
        }

        Output = graph.Output.Count > 0 && _values.GetValueOrDefault(graph.Output[0].Name) is { } output
            ? output
            : throw error("the graph", "Its first output depends on no input.");
        return this;
    }

    private void Add(NodeProto node)
    {
        string name = $"node '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "")}' ({node.OpType})";
        string[] taken = [.. node.Input];
        if (node.Output.Count == 0)
        {
            return;
        }

        if (taken.FirstOrDefault(input => input.Length > 0 && !IsConstant(input) && !_values.ContainsKey(input)) is { } unknown)
        {
            throw error(name, $"It takes '{unknown}', which no node before it gives.");
        }

        if (node.OpType == "Constant" && node.Attribute.FirstOrDefault(attribute => attribute.Name == "value")?.T is { } value)
        {
            Stored[node.Output[0]] = value;
            return;
        }

        GraphPart? first = taken.Length > 0 ? _values.GetValueOrDefault(taken[0]) : null;
        if (taken.Length > 0 && IsConstant(taken[0]) && node.OpType is "Identity" or "Transpose" or "Cast")
        {
            (string weight, bool isTransposed) = Resolve(taken[0]);
            _constants[node.Output[0]] = (weight, isTransposed ^ (node.OpType == "Transpose"));
            return;
        }

        GraphPart? part = Part(node, taken, first, name);
        foreach (string output in node.Output)
        {
            _values[output] = part;
        }
    }

    private GraphPart? Part(NodeProto node, string[] taken, GraphPart? first, string name)
    {
        bool isDirect = taken.Length > 0 && _direct.Contains(taken[0]);
        switch (node.OpType)
        {
            case "Conv" or "ConvTranspose" when first is not null && taken.Length > 1 && IsConstant(taken[1]):
                _direct.Add(node.Output[0]);
                (string weight, _) = Resolve(taken[1]);
                return Make(node.OpType, Geometry(node, ShapeOf(weight)), [first], name) with
                { Weight = weight, Bias = taken.Length > 2 && taken[2].Length > 0 ? Resolve(taken[2]).Weight : null };
            case "Gemm" or "MatMul" when first is not null && taken.Length > 1 && IsConstant(taken[1])
                && ShapeOf(Resolve(taken[1]).Weight).Count == 2:
                _direct.Add(node.Output[0]);
                (string matrix, bool isTurned) = Resolve(taken[1]);
                bool isStoredInputsFirst = !(isTurned ^ (Whole(node, "transB", 0) == 1));
                IReadOnlyList<long> shape = ShapeOf(matrix);
                (long rows, long columns) = isStoredInputsFirst ? (shape[1], shape[0]) : (shape[0], shape[1]);
                return Make("Linear", $"[{rows}, {columns}]", [first], name) with
                {
                    Weight = matrix,
                    IsTransposed = isStoredInputsFirst,
                    Bias = node.OpType == "Gemm" && taken.Length > 2 ? Resolve(taken[2]).Weight : null,
                };
            case "BatchNormalization" when first is not null && taken.Length >= 5 && taken[1..5].All(IsConstant):
                string[] norm = [.. taken[1..5].Select(input => Resolve(input).Weight)];
                double epsilon = node.Attribute.FirstOrDefault(attribute => attribute.Name == "epsilon")?.F ?? 1e-5;
                if (isDirect && first is { Norm: null, Kind: "Conv" })
                {
                    (first.Norm, first.Epsilon) = (norm, epsilon);
                    return first;
                }

                return Make("BatchNormalization", $"[{string.Join(", ", ShapeOf(norm[0]))}]", [first], name) with
                {
                    Norm = norm,
                    Epsilon = epsilon
                };
            case "Relu" when first is not null:
                return first.Kind == "Relu" ? first : Make("Relu", "", [first], name);
            case "MaxPool" when first is not null:
                return Make("MaxPool", $"[{Wholes(node, "kernel_shape")}] stride [{Wholes(node, "strides")}]", [first], name);
            case "Add" or "Mul" or "Sub" or "Div" or "Sum" or "Concat" or "MatMul":
                return Join(node, taken, name);
            case "Shape" or "Size" or "ConstantOfShape" or "Range":
                return null;
            case "Identity":
                if (isDirect)
                {
                    _direct.Add(node.Output[0]);
                }

                return first;
            case "If" or "Loop" or "Scan":
                throw error(name, "Networks with branches or loops are not read.");
            default:
                return first;
        }
    }

    private GraphPart? Join(NodeProto node, string[] taken, string name)
    {
        GraphPart[] paths = [.. taken.Select(input => _values.GetValueOrDefault(input)).OfType<GraphPart>()];
        string[] constants = [.. taken.Where(IsConstant).Select(input => Resolve(input).Weight)];
        if (paths.Length == 1 && constants.Length == 1 && node.OpType != "Concat")
        {
            long count = ShapeOf(constants[0]).Aggregate(1L, (product, length) => product * length);
            string? data = taken.FirstOrDefault(input => !IsConstant(input));
            if (node.OpType == "Add" && data is not null && _direct.Contains(data) && paths[0] is { Norm: null, Bias: null } layer
                && count == OutputsOf(layer))
            {
                layer.Bias = constants[0];
                _direct.Add(node.Output[0]);
                return layer;
            }

            return count == 1 ? paths[0] : Make(node.OpType, $"by a constant of {count}", paths, name);
        }

        GraphPart[] different = [.. paths.DistinctBy(path => path.Signature)];
        return paths.Length == 0 ? null
            : paths.Length == 1 || (different.Length == 1 && ReferenceEquals(paths[0], paths[^1])) ? paths[0]
            : Make(node.OpType, "", paths, name);
    }

    private static long OutputsOf(GraphPart layer)
        => long.Parse(layer.Detail[1..layer.Detail.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture);

    /// <summary>A part with the number that parts of the same kind, detail and inputs have.</summary>
    public GraphPart Make(string kind, string detail, IReadOnlyList<GraphPart> inputs, string node)
    {
        IEnumerable<int> numbers = inputs.Select(input => input.Signature);
        GraphPart part = new(kind, detail, inputs, node);
        string key = $"{kind} {detail} {string.Join(' ', part.IsCommutative ? numbers.Order() : numbers)}";
        if (!signatures.TryGetValue(key, out int signature))
        {
            signatures.Add(key, signature = signatures.Count);
        }

        return part with { Signature = signature };
    }

    private bool IsConstant(string input) => shapes.ContainsKey(input) || Stored.ContainsKey(input) || _constants.ContainsKey(input);

    private (string Weight, bool IsTransposed) Resolve(string input)
        => _constants.TryGetValue(input, out (string, bool) found) ? found : (input, false);

    private IReadOnlyList<long> ShapeOf(string weight)
        => shapes.GetValueOrDefault(weight) ?? (Stored.TryGetValue(weight, out TensorProto? stored) ? stored.Dims : []);

    // Padding at the end may be one less where the stride skips it; so SAME_LOWER pads what PyTorch does.
    private static string Geometry(NodeProto node, IReadOnlyList<long> shape)
    {
        long[] kernel = [.. shape.Skip(2)];
        long[] strides = List(node, "strides", kernel.Length, 1);
        string mode = node.Attribute.FirstOrDefault(attribute => attribute.Name == "auto_pad")?.S.ToStringUtf8() ?? "NOTSET";
        IEnumerable<long> pads = mode is "SAME_LOWER" || (mode is "SAME_UPPER" && strides.All(stride => stride == 1))
            ? kernel.Select(length => length / 2)
            : mode is "SAME_UPPER" ? kernel.Select(length => (length - 1) / 2)
            : List(node, "pads", 2 * kernel.Length, 0).Take(kernel.Length);
        return $"[{string.Join(", ", shape)}] stride [{string.Join(", ", strides)}] padding [{string.Join(", ", pads)}] dilation "
            + $"[{string.Join(", ", List(node, "dilations", kernel.Length, 1))}] groups {Whole(node, "group", 1)}";
    }

    private static long Whole(NodeProto node, string name, long otherwise)
        => node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.I ?? otherwise;

    private static long[] List(NodeProto node, string name, int count, long otherwise)
        => node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.Ints is { Count: > 0 } given
            ? [.. given]
            : [.. Enumerable.Repeat(otherwise, count)];

    private static string Wholes(NodeProto node, string name)
        => string.Join(", ", node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.Ints ?? []);
}
