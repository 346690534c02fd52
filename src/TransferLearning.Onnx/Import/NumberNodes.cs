namespace TransferLearning.Onnx;

/// <summary>What nodes compute of numbers: one by one, sums over axes, products.</summary>
internal static class NumberNodes
{
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>The operators by their names.</summary>
    public static IReadOnlyDictionary<string, Func<NodeRun, Tensor>> All { get; } = new Dictionary<string, Func<NodeRun, Tensor>>
    {
        ["Relu"] = Each(x => x.relu()),
        ["Sigmoid"] = Each(x => x.sigmoid()),
        ["Tanh"] = Each(x => x.tanh()),
        ["Exp"] = Each(x => x.exp()),
        ["Log"] = Each(x => x.log()),
        ["Sqrt"] = Each(x => x.sqrt()),
        ["Abs"] = Each(x => x.abs()),
        ["Neg"] = Each(x => x.neg()),
        ["Sin"] = Each(x => x.sin()),
        ["Cos"] = Each(x => x.cos()),
        ["Erf"] = Each(x => x.erf()),
        ["Floor"] = Each(x => x.floor()),
        ["Ceil"] = Each(x => x.ceil()),
        ["Round"] = Each(x => x.round()),
        ["Sign"] = Each(x => x.sign()),
        ["Reciprocal"] = Each(x => x.reciprocal()),
        ["Not"] = Each(x => x.logical_not()),
        ["Softplus"] = Each(Softplus),
        ["Mish"] = Each(x => x.mul(Softplus(x).tanh())),
        ["HardSwish"] = Each(x => x.mul(Unit(Sum(x.mul(Of(1.0 / 6)), Of(0.5))))),
        ["HardSigmoid"] = node => Each(x => Unit(Sum(x.mul(Of(node.Number("alpha", 0.2))), Of(node.Number("beta", 0.5)))))(node),
        ["LeakyRelu"] = node => Each(x => x.relu().sub(x.neg().relu().mul(Of(node.Number("alpha", 0.01)))))(node),
        ["Elu"] = node => Each(x => Sum(x.relu(), x.neg().relu().neg().expm1().mul(Of(node.Number("alpha", 1)))))(node),
        ["Selu"] = node => Each(x => Sum(
            x.relu(), x.neg().relu().neg().expm1().mul(Of(node.Number("alpha", 1.67326319217681884765625))))
            .mul(Of(node.Number("gamma", 1.05070102214813232421875))))(node),
        ["Gelu"] = node => Each(x => Gelu(x, node.Text("approximate", "none")))(node),
        ["PRelu"] = node => Binary(node, (x, slope) => x.relu().sub(x.neg().relu().mul(slope))),
        ["Clip"] = Clip,
        ["Add"] = node => Binary(node, Sum),
        ["Sub"] = node => Binary(node, (x, y) => x.sub(y)),
        ["Mul"] = node => Binary(node, (x, y) => x.mul(y)),
        ["Div"] = node => Binary(node, (x, y) => x.dtype == ScalarType.Int64 ? x.div(y, RoundingMode.trunc) : x.div(y)),
        ["Pow"] = node => Binary(node, (x, y) => x.pow(y)),
        ["Mod"] = node => Binary(node, (x, y) => x.sub(y.mul(node.Whole("fmod", 0) == 1 ? x.div(y).trunc()
            : x.div(y).floor().to(x.dtype)))),
        ["Min"] = node => Folded(node, (x, y) => x.minimum(y)),
        ["Max"] = node => Folded(node, (x, y) => x.maximum(y)),
        ["Sum"] = node => Folded(node, Sum),
        ["Mean"] = node => Folded(node, Sum).div(Of(node.Inputs.Count)),
        ["Equal"] = node => Binary(node, (x, y) => x.eq(y)),
        ["Less"] = node => Binary(node, (x, y) => x.lt(y)),
        ["LessOrEqual"] = node => Binary(node, (x, y) => x.le(y)),
        ["Greater"] = node => Binary(node, (x, y) => x.gt(y)),
        ["GreaterOrEqual"] = node => Binary(node, (x, y) => x.ge(y)),
        ["And"] = node => Binary(node, (x, y) => x.logical_and(y)),
        ["Or"] = node => Binary(node, (x, y) => x.logical_or(y)),
        ["Where"] = node =>
        {
            node.Broadcast(node[0].shape, node[1].shape, node[2].shape);
            return where(node[0], node[1], node[2]);
        },
        ["Softmax"] = node => Softmax(node, (x, axis) => x.softmax(axis)),
        ["LogSoftmax"] = node => Softmax(node, (x, axis) => x.log_softmax(axis)),
        ["ReduceMean"] = node => Reduce(node, (x, axes, keeps) => x.mean(axes, keeps)),
        ["ReduceSum"] = node => Reduce(node, (x, axes, keeps) => x.sum(axes, keeps)),
        ["ReduceMax"] = node => Reduce(node, (x, axes, keeps) => x.amax(axes, keeps)),
        ["ReduceMin"] = node => Reduce(node, (x, axes, keeps) => x.amin(axes, keeps)),
        ["ReduceL2"] = node => Reduce(node, (x, axes, keeps) => x.mul(x).sum(axes, keeps).sqrt()),
        ["ReduceL1"] = node => Reduce(node, (x, axes, keeps) => x.abs().sum(axes, keeps)),
        ["MatMul"] = node => Product(node, node[0], node[1]),
        ["Gemm"] = Gemm,
        ["Einsum"] = Einsum,
        ["CumSum"] = node => node.Whole("exclusive", 0) == 0 && node.Whole("reverse", 0) == 0
            ? node[0].cumsum(node.Axis(node.Longs(1)[0], node[0].dim()))
            : throw node.Refused("Sums that are exclusive or reversed are not read."),
        ["ArgMax"] = node =>
        {
            int axis = node.Axis(node.Whole("axis", 0), node[0].dim());
            return node[0].argmax(axis, node.Whole("keepdims", 1) == 1);
        },
        ["LayerNormalization"] = node =>
        {
            Tensor x = node[0];
            long[] axes = [.. Range(node.Axis(node.Whole("axis", -1), x.dim()), (int)x.dim())];
            return Normalized(x, axes, node.Number("epsilon", 1e-5));
        },
        ["InstanceNormalization"] = node => Normalized(
            node[0], [.. Range(2, (int)node[0].dim())], node.Number("epsilon", 1e-5)),
    };

    /// <summary>A number, float64 [].</summary>
    public static Tensor Of(double number) => tensor(number, ScalarType.Float64);

    public static Tensor Sum(Tensor x, Tensor y) => x.add(y, One);

    private static IEnumerable<long> Range(int start, int end) => Enumerable.Range(start, Math.Max(0, end - start))
        .Select(axis => (long)axis);

    private static Tensor Unit(Tensor x) => x.relu().minimum(Of(1));

    private static Tensor Softplus(Tensor x) => Sum(x.relu(), x.abs().neg().exp().log1p());

    private static Func<NodeRun, Tensor> Each(Func<Tensor, Tensor> compute) => node =>
    {
        node.Spend(node[0].shape);
        return compute(node[0]);
    };

    // x Φ(x), by the error function or by tanh (Hendrycks and Gimpel, 2016).
    private static Tensor Gelu(Tensor x, string form)
    {
        Tensor inner = form == "tanh"
            ? Sum(x, x.mul(x).mul(x).mul(Of(0.044715))).mul(Of(Math.Sqrt(2 / Math.PI))).tanh()
            : x.mul(Of(Math.Sqrt(0.5))).erf();
        return x.mul(Of(0.5)).mul(Sum(inner, Of(1)));
    }

    private static Tensor Clip(NodeRun node)
    {
        node.Spend(node[0].shape);
        Tensor x = node[0];
        Tensor? least = node.Has(1) ? node[1] : node.Attribute("min") is { } min ? Of(min.F) : null;
        Tensor? most = node.Has(2) ? node[2] : node.Attribute("max") is { } max ? Of(max.F) : null;
        if (least?.numel() > 1 || most?.numel() > 1)
        {
            throw node.Refused("Its bounds are no single numbers.");
        }

        x = least is null ? x : x.maximum(least);
        return most is null ? x.alias() : x.minimum(most);
    }

    private static Tensor Binary(NodeRun node, Func<Tensor, Tensor, Tensor> compute)
    {
        (Tensor x, Tensor y) = (node[0], node[1]);
        node.Broadcast(x.shape, y.shape);
        return x.dtype == y.dtype ? compute(x, y) : throw node.Refused($"It takes {x.dtype} and {y.dtype}.");
    }

    private static Tensor Folded(NodeRun node, Func<Tensor, Tensor, Tensor> compute)
    {
        Tensor result = node[0].alias();
        for (int place = 1; place < node.Inputs.Count; place++)
        {
            result = Binary(node with { Inputs = [result, node[place]] }, compute);
        }

        return result;
    }

    // Before version 13 all dimensions from the axis on are one.
    private static Tensor Softmax(NodeRun node, Func<Tensor, long, Tensor> compute)
    {
        Tensor x = node[0];
        node.Spend(x.shape);
        int axis = node.Axis(node.Whole("axis", node.Opset < 13 ? 1 : -1), x.dim());
        return node.Opset >= 13 || axis == x.dim() - 1
            ? compute(x, axis)
            : compute(x.flatten(axis), axis).reshape(x.shape);
    }

    private static Tensor Reduce(NodeRun node, Func<Tensor, long[], bool, Tensor> compute)
    {
        Tensor x = node[0];
        node.Spend(x.shape);
        long[]? axes = node.Listed("axes", 1);
        if (axes is null or [] && node.Whole("noop_with_empty_axes", 0) == 1)
        {
            return x.alias();
        }

        axes = axes is null or [] ? [.. Range(0, (int)x.dim())] : node.Axes(axes, x.dim());
        return axes.Length == 0 ? x.alias() : compute(x, axes, node.Whole("keepdims", 1) == 1);
    }

    private static Tensor Normalized(Tensor x, long[] axes, double epsilon)
    {
        Tensor centred = x.sub(x.mean(axes, true));
        return centred.div(Sum(centred.mul(centred).mean(axes, true), Of(epsilon)).sqrt());
    }

    private static Tensor Product(NodeRun node, Tensor x, Tensor y)
    {
        // LibTorch ends the process where vectors of different types meet.
        RequireFloats(node, x);
        RequireFloats(node, y);
        (long[] left, long[] right) = (x.shape, y.shape);
        if (left.Length == 0 || right.Length == 0 || left[^1] != right[right.Length == 1 ? 0 : ^2])
        {
            throw node.Refused($"[{string.Join(", ", left)}] and [{string.Join(", ", right)}] cannot be multiplied.");
        }

        long[] batch = left.Length > 2 || right.Length > 2 ? node.Broadcast(left[..Math.Max(0, left.Length - 2)],
            right[..Math.Max(0, right.Length - 2)]) : [];
        node.Spend([.. batch, left.Length > 1 ? left[^2] : 1, right.Length > 1 ? right[^1] : 1], 1 + (left[^1] / 64));
        return x.matmul(y);
    }

    private static void RequireFloats(NodeRun node, Tensor x)
    {
        if (x.dtype != ScalarType.Float64)
        {
            throw node.Refused($"It takes {x.dtype}; floating point numbers are expected.");
        }
    }

    private static Tensor Gemm(NodeRun node)
    {
        (Tensor x, Tensor y) = (node[0], node[1]);
        if (x.dim() != 2 || y.dim() != 2)
        {
            throw node.Refused("It takes no matrices.");
        }

        Tensor product = Product(
            node, node.Whole("transA", 0) == 1 ? x.t() : x, node.Whole("transB", 0) == 1 ? y.t() : y).mul(Of(node.Number("alpha", 1)));
        return node.Has(2)
            ? Binary(node with { Inputs = [product, node[2].mul(Of(node.Number("beta", 1)))] }, Sum)
            : product;
    }

    private static Tensor Einsum(NodeRun node)
    {
        string equation = node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        string[] sides = equation.Split("->"), terms = sides[0].Split(',');
        Dictionary<char, long> lengths = [];
        if (sides.Length != 2 || terms.Length != node.Inputs.Count
            || equation.Any(letter => !char.IsAsciiLetter(letter) && letter is not (',' or '-' or '>')))
        {
            throw node.Refused($"Its equation '{equation}' is not read.");
        }

        for (int place = 0; place < terms.Length; place++)
        {
            RequireFloats(node, node[place]);
            if (terms[place].Length != node[place].dim())
            {
                throw node.Refused($"Its equation '{equation}' does not fit an input of {node[place].dim()} dimensions.");
            }

            foreach ((char letter, long length) in terms[place].Zip(node[place].shape))
            {
                if (lengths.TryGetValue(letter, out long known) && known != length)
                {
                    throw node.Refused($"Its equation '{equation}' names lengths of {known} and {length} by '{letter}'.");
                }

                lengths[letter] = length;
            }
        }

        if (sides[1].Any(letter => !lengths.ContainsKey(letter)))
        {
            throw node.Refused($"Its equation '{equation}' is not read.");
        }

        double summed = lengths.Where(entry => !sides[1].Contains(entry.Key, StringComparison.Ordinal))
            .Aggregate(1.0, (product, entry) => product * entry.Value);
        node.Spend(sides[1].Select(letter => lengths[letter]), 1 + (long)Math.Min(1e12, summed / 64));
        return einsum(equation, [.. node.Inputs.Select((_, place) => node[place])]);
    }
}
