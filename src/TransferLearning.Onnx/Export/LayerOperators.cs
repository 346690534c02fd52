namespace TransferLearning.Onnx;

/// <summary>Convolutions, pooling, norms, products and attention.</summary>
internal static class LayerOperators
{
    /// <summary>The operators by LibTorch's names.</summary>
    public static IReadOnlyDictionary<string, Action<OperatorCall>> All { get; } = new Dictionary<string, Action<OperatorCall>>
    {
        ["_convolution"] = ConvolveEitherWay,
        ["convolution"] = ConvolveEitherWay,
        ["conv1d"] = ConvolveForward,
        ["conv2d"] = ConvolveForward,
        ["batch_norm"] = BatchNorm,
        ["layer_norm"] = LayerNorm,
        ["group_norm"] = GroupNorm,
        ["max_pool2d"] = call => call.Give(call.Add("MaxPool", [call.Name(0)],
        [
            .. Window(call), ("dilations", Pair(call.Wholes(4), 1)), ("ceil_mode", call.Flag(5) ? 1 : 0),
        ])),
        ["avg_pool2d"] = AveragePool,
        ["adaptive_avg_pool2d"] = AdaptivePool,
        ["linear"] = Linear,
        ["matmul"] = Product,
        ["bmm"] = Product,
        ["mm"] = Product,
        ["addmm"] = AddProduct,
        ["baddbmm"] = AddProduct,
        ["scaled_dot_product_attention"] = Attention,
    };

    private static void ConvolveEitherWay(OperatorCall call) => Convolve(call, call.Flag(6), call.Wholes(7), call.Whole(8));

    private static void ConvolveForward(OperatorCall call) => Convolve(call, false, [], call.Whole(6));

    private static void Product(OperatorCall call) => call.Give(call.Add("MatMul", [call.Name(0), call.Name(1)]));

    private static void AveragePool(OperatorCall call)
    {
        if (call.Has(6))
        {
            throw call.Refused("a divisor of its own");
        }

        call.Give(call.Add("AveragePool", [call.Name(0)],
        [
            .. Window(call), ("ceil_mode", call.Flag(4) ? 1 : 0), ("count_include_pad", call.Flag(5) ? 1 : 0),
        ]));
    }

    private static void Convolve(OperatorCall call, bool isTransposed, IReadOnlyList<long> outputPadding, long groups)
    {
        if (call[4].Type == "str")
        {
            throw call.Refused($"the padding '{call.Text(4)}'");
        }

        int dimensions = call.Shape(1).Count - 2;
        long[] padding = Repeated(call.Wholes(4), dimensions);
        List<(string Name, object Value)> attributes =
        [
            ("strides", Repeated(call.Wholes(3), dimensions)), ("pads", (long[])[.. padding, .. padding]),
            ("dilations", Repeated(call.Wholes(5), dimensions)), ("group", groups),
            ("kernel_shape", (long[])[.. call.Shape(1).Skip(2).Select(size => size.Constant)]),
        ];
        if (isTransposed)
        {
            attributes.Add(("output_padding", Repeated(outputPadding, dimensions)));
        }

        call.Give(call.Add(
            isTransposed ? "ConvTranspose" : "Conv",
            call.Has(2) ? [call.Name(0), call.Name(1), call.Name(2)] : [call.Name(0), call.Name(1)], attributes));
    }

    private static long[] Repeated(IReadOnlyList<long> numbers, int count)
        => numbers.Count == count ? [.. numbers] : [.. Enumerable.Repeat(numbers[0], count)];

    private static long[] Pair(IReadOnlyList<long> numbers, long otherwise)
        => numbers.Count == 0 ? [otherwise, otherwise] : Repeated(numbers, 2);

    private static (string Name, object Value)[] Window(OperatorCall call)
    {
        long[] kernel = Pair(call.Wholes(1), 1);
        long[] padding = Pair(call.Wholes(3), 0);
        return
        [
            ("kernel_shape", kernel),
            ("strides", call.Wholes(2) is { Count: > 0 } strides ? Pair(strides, 1) : kernel),
            ("pads", (long[])[.. padding, .. padding]),
        ];
    }

    private static void BatchNorm(OperatorCall call)
    {
        if (call.Flag(5))
        {
            throw call.Refused("the network is in training mode; call eval() first");
        }

        long channels = call.Shape(3)[0].Constant;
        call.Give(call.Add("BatchNormalization",
            [call.Name(0), Same(1, 1), Same(2, 0), call.Name(3), call.Name(4)], ("epsilon", call.Number(7))));

        string Same(int place, double value)
            => call.Has(place) ? call.Name(place) : call.Graph.Floats([channels], Enumerable.Repeat(value, (int)channels));
    }

    private static void LayerNorm(OperatorCall call)
    {
        IReadOnlyList<long> shape = call.Wholes(1);
        string scale = call.Has(2)
            ? call.Name(2)
            : call.Graph.Floats(shape, Enumerable.Repeat(1.0, (int)shape.Aggregate(1L, (product, length) => product * length)));
        call.Give(call.Add("LayerNormalization", call.Has(3) ? [call.Name(0), scale, call.Name(3)] : [call.Name(0), scale],
            ("axis", -shape.Count), ("epsilon", call.Number(4))));
    }

    // As many channels as groups, normalised one by one; then the channels' own factors.
    private static void GroupNorm(OperatorCall call)
    {
        long groups = call.Whole(1);
        IReadOnlyList<Size> shape = call.Shape(0);
        string grouped = call.Add("Reshape", [call.Name(0), call.Graph.Whole(0, groups, -1)]);
        string normalized = call.Add("InstanceNormalization",
        [
            grouped, call.Graph.Floats([groups], Enumerable.Repeat(1.0, (int)groups)),
            call.Graph.Floats([groups], Enumerable.Repeat(0.0, (int)groups)),
        ], ("epsilon", call.Number(4)));
        string result = call.Add("Reshape", [normalized, call.Graph.Shape(shape)]);
        string channels = call.Graph.Whole([-1, .. Enumerable.Repeat(1L, shape.Count - 2)]);
        result = call.Has(2) ? call.Add("Mul", [result, call.Add("Reshape", [call.Name(2), channels])]) : result;
        call.Give(call.Has(3) ? call.Add("Add", [result, call.Add("Reshape", [call.Name(3), channels])]) : result);
    }

    // Where the windows are of different lengths, the means are products with matrices from both sides.
    private static void AdaptivePool(OperatorCall call)
    {
        long[] output = Pair(call.Wholes(1), 1);
        long[] input = [.. call.Shape(0).TakeLast(2).Select(size => size.IsFixed ? size.Constant : 0)];
        if (output is [1, 1])
        {
            call.Give(call.Add("GlobalAveragePool", [call.Name(0)]));
            return;
        }

        if (input.Contains(0))
        {
            throw call.Refused("the size of the image is free");
        }

        if (output.SequenceEqual(input))
        {
            call.Give(call.Name(0));
            return;
        }

        string rows = call.Add("MatMul", [call.Graph.Floats([output[0], input[0]], Means(input[0], output[0])), call.Name(0)]);
        string columns = call.Add(
            "Transpose", [call.Graph.Floats([output[1], input[1]], Means(input[1], output[1]))], ("perm", new long[] { 1, 0 }));
        call.Give(call.Add("MatMul", [rows, columns]));
    }

    private static IEnumerable<double> Means(long input, long output)
    {
        for (long place = 0; place < output; place++)
        {
            (long start, long end) = (place * input / output, (((place + 1) * input) + output - 1) / output);
            for (long number = 0; number < input; number++)
            {
                yield return number >= start && number < end ? 1.0 / (end - start) : 0;
            }
        }
    }

    private static void Linear(OperatorCall call)
    {
        string product = call.Add("MatMul", [call.Name(0), call.Add("Transpose", [call.Name(1)], ("perm", new long[] { 1, 0 }))]);
        call.Give(call.Has(2) ? call.Add("Add", [product, call.Name(2)]) : product);
    }

    // beta c + alpha a b
    private static void AddProduct(OperatorCall call)
    {
        (double beta, double alpha) = (call.Number(3, 1), call.Number(4, 1));
        if (call.Node.Kind == "addmm")
        {
            call.Give(call.Add("Gemm", [call.Name(1), call.Name(2), call.Name(0)], ("alpha", alpha), ("beta", beta)));
            return;
        }

        string product = call.Add("MatMul", [call.Name(1), call.Name(2)]);
        product = alpha == 1 ? product : call.Add("Mul", [product, call.Graph.Scalar(alpha, call.Type)]);
        string added = beta == 1 ? call.Name(0) : call.Add("Mul", [call.Name(0), call.Graph.Scalar(beta, call.Type)]);
        call.Give(call.Add("Add", [product, added]));
    }

    // softmax(q kᵀ scale + mask) v
    private static void Attention(OperatorCall call)
    {
        IReadOnlyList<Size> queries = call.Shape(0);
        int rank = queries.Count;
        double scale = call.Number(6, 1 / Math.Sqrt(queries[^1].Constant));
        long[] axes = [.. Enumerable.Range(0, rank).Select(axis => (long)axis)];
        (axes[^1], axes[^2]) = (axes[^2], axes[^1]);
        string scores = call.Add("MatMul",
        [
            call.Add("Mul", [call.Name(0), call.Graph.Scalar(scale, call.Type)]), call.Add("Transpose", [call.Name(1)], ("perm", axes)),
        ]);
        if (call.Has(3))
        {
            scores = call[3].Type == "Bool"
                ? call.Add("Where", [call.Name(3), scores, call.Graph.Scalar(double.NegativeInfinity, call.Type)])
                : call.Add("Add", [scores, call.Name(3)]);
        }
        else if (call.Flag(5))
        {
            string lowest = call.Add(
                "ConstantOfShape", [call.Graph.Shape([queries[^2], call.Shape(1)[^2]])], ("value", OnnxGraph.Element(-3.3e38, call.Type)));
            scores = call.Add("Add", [scores, call.Add("Trilu", [lowest, call.Graph.WholeScalar(1)], ("upper", 1))]);
        }

        call.Give(call.Add("MatMul", [call.Add("Softmax", [scores], ("axis", -1)), call.Name(2)]));
    }
}
