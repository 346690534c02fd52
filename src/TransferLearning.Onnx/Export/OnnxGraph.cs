using System.Buffers.Binary;

namespace TransferLearning.Onnx;

/// <summary>An ONNX graph under construction: operators, constants, and sizes that are computed while it runs.</summary>
/// <param name="opset">The version of the operators.</param>
/// <param name="dimensions">Where the sizes of free dimensions are found: the input and its axis.</param>
internal sealed class OnnxGraph(int opset, IReadOnlyList<(string Input, int Axis)> dimensions)
{
    private readonly Dictionary<string, string> _constants = [];
    private readonly Dictionary<Size, string> _sizes = [];
    private readonly Dictionary<long, string> _names = [];
    private readonly Dictionary<string, int> _counts = [];

    /// <summary>The version of the operators.</summary>
    public int Opset => opset;

    /// <summary>The operators.</summary>
    public List<NodeProto> Nodes { get; } = [];

    /// <summary>Constants that were made here; their data is in them.</summary>
    public List<TensorProto> Constants { get; } = [];

    /// <summary>Weights, which stay their network's, under their own names.</summary>
    public List<(string Name, Tensor Value)> Weights { get; } = [];

    /// <summary>Whether the axes of reductions are an input and not an attribute.</summary>
    public bool TakesAxes => opset >= 18;

    /// <summary>The name of a value.</summary>
    /// <param name="value">The value.</param>
    public string NameOf(GraphValue value)
    {
        if (!_names.TryGetValue(value.Number, out string? name))
        {
            name = value.Constant is Tensor constant
                ? Keep(constant)
                : throw new NotSupportedException(
                    $"Value {value.Number} of the network ({value.Type}) has no counterpart in the ONNX graph.");
            _names.Add(value.Number, name);
        }

        return name;
    }

    /// <summary>Gives a value a name.</summary>
    public void Name(GraphValue value, string name) => _names[value.Number] = name;

    /// <summary>Adds an operator with one output.</summary>
    /// <param name="type">Its name: <c>Relu</c>.</param>
    /// <param name="inputs">The names of what it takes; empty for what is left out.</param>
    /// <param name="attributes">Whole numbers, floats, strings, lists of whole numbers or tensors by name.</param>
    /// <returns>The name of its output.</returns>
    public string Add(string type, IEnumerable<string> inputs, params IReadOnlyList<(string Name, object Value)> attributes)
        => Add(type, inputs, 1, attributes)[0];

    /// <summary>Adds an operator with several outputs.</summary>
    public IReadOnlyList<string> Add(
        string type, IEnumerable<string> inputs, int outputs, IReadOnlyList<(string Name, object Value)> attributes)
    {
        string name = Unique(type);
        NodeProto node = new() { OpType = type, Name = name };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs == 1 ? [name] : Enumerable.Range(0, outputs).Select(number => $"{name}_{number}"));
        node.Attribute.AddRange(attributes.Select(attribute => Attribute(attribute.Name, attribute.Value)));
        Nodes.Add(node);
        return [.. node.Output];
    }

    /// <summary>A list of whole numbers, int64 [n].</summary>
    public string Whole(params IReadOnlyList<long> numbers) => Constant(TensorProto.Types.DataType.Int64, [numbers.Count], numbers);

    /// <summary>A whole number, int64 [].</summary>
    public string WholeScalar(long number) => Constant(TensorProto.Types.DataType.Int64, [], [number]);

    /// <summary>A number of a type, [].</summary>
    public string Scalar(double number, TensorProto.Types.DataType type) => Constant(type, [], [number]);

    /// <summary>A number of a type, [1].</summary>
    public static TensorProto Element(double number, TensorProto.Types.DataType type) => Made("", type, [1], [number]);

    /// <summary>Float32 numbers.</summary>
    public string Floats(IReadOnlyList<long> shape, IEnumerable<double> numbers)
        => Constant(TensorProto.Types.DataType.Float, shape, [.. numbers]);

    /// <summary>A size, int64 [1].</summary>
    public string Length(Size size)
    {
        if (size.IsFixed)
        {
            return Whole(size.Constant);
        }

        if (_sizes.TryGetValue(size, out string? known))
        {
            return known;
        }

        string name = size switch
        {
            { Constant: not 0 } => Add("Add", [Length(size with { Constant = 0 }), Whole(size.Constant)]),
            { Factor: not 1 } => Add("Mul", [Length(size with { Factor = 1 }), Whole(size.Factor)]),
            { FreeNumber: { } number } => FreeDimension(number),
            _ => Add("Mul", [Length(size.First), Length(size.Rest)]),
        };
        _sizes.Add(size, name);
        return name;
    }

    /// <summary>A size, int64 [].</summary>
    public string LengthScalar(Size size) => size.IsFixed ? WholeScalar(size.Constant) : Add("Squeeze", [Length(size)]);

    /// <summary>A shape, int64 [rank].</summary>
    public string Shape(IReadOnlyList<Size> shape)
        => shape.All(size => size.IsFixed)
            ? Whole([.. shape.Select(size => size.Constant)])
            : Add("Concat", [.. shape.Select(Length)], ("axis", 0));

    /// <summary>Gives a tensor another shape.</summary>
    /// <param name="input">Its name.</param>
    /// <param name="before">Its shape.</param>
    /// <param name="after">The shape that it gets.</param>
    public string Reshape(string input, IReadOnlyList<Size> before, IReadOnlyList<Size> after)
    {
        if (before.SequenceEqual(after))
        {
            return input;
        }

        // 0 copies a dimension, -1 is what is left.
        long[] numbers = [.. after.Select(
            (size, axis) => size.IsFixed ? size.Constant : axis < before.Count && before[axis] == size ? 0 : -1)];
        return Add(
            "Reshape",
            [input, numbers.Count(number => number == -1) <= 1 && after.All(size => size != new Size(0)) ? Whole(numbers) : Shape(after)]);
    }

    /// <summary>A tensor as another type.</summary>
    public string Cast(string input, string from, string to)
        => from == to ? input : Add("Cast", [input], ("to", (long)OnnxTypes.Of(to)));

    /// <summary>Reduces axes.</summary>
    /// <param name="type">The operator: <c>ReduceMean</c>.</param>
    /// <param name="input">What it takes.</param>
    /// <param name="axes">The axes; empty for all.</param>
    /// <param name="keeps">Whether they stay, with the length 1.</param>
    public string Reduce(string type, string input, IReadOnlyList<long> axes, bool keeps)
        => axes.Count == 0 ? Add(type, [input], ("keepdims", keeps ? 1 : 0))
            : TakesAxes || type == "ReduceSum" ? Add(type, [input, Whole(axes)], ("keepdims", keeps ? 1 : 0))
            : Add(type, [input], ("axes", axes), ("keepdims", keeps ? 1 : 0));

    private string FreeDimension(int dimension)
    {
        (string input, int axis) = dimensions[dimension];
        return Add("Slice", [Add("Shape", [input]), Whole(axis), Whole(axis + 1)]);
    }

    private string Keep(Tensor constant)
    {
        string name = Unique("constant");
        Constants.Add(OnnxTensors.Of(name, constant));
        return name;
    }

    private string Constant<T>(TensorProto.Types.DataType type, IReadOnlyList<long> shape, IReadOnlyList<T> numbers) where T : IConvertible
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{type} [{string.Join(',', shape)}] {string.Join(',', numbers)}");
        if (_constants.TryGetValue(key, out string? known))
        {
            return known;
        }

        string name = Unique("constant");
        Constants.Add(Made(name, type, shape, numbers));
        _constants.Add(key, name);
        return name;
    }

    private static TensorProto Made<T>(string name, TensorProto.Types.DataType type, IReadOnlyList<long> shape, IReadOnlyList<T> numbers)
        where T : IConvertible
    {
        byte[] data = new byte[numbers.Count * OnnxTypes.SizeOf(type)];
        for (int i = 0; i < numbers.Count; i++)
        {
            Span<byte> place = data.AsSpan(i * OnnxTypes.SizeOf(type));
            switch (type)
            {
                case TensorProto.Types.DataType.Float:
                    BinaryPrimitives.WriteSingleLittleEndian(place, (float)numbers[i].ToDouble(CultureInfo.InvariantCulture));
                    break;
                case TensorProto.Types.DataType.Double:
                    BinaryPrimitives.WriteDoubleLittleEndian(place, numbers[i].ToDouble(CultureInfo.InvariantCulture));
                    break;
                case TensorProto.Types.DataType.Int64:
                    BinaryPrimitives.WriteInt64LittleEndian(place, numbers[i].ToInt64(CultureInfo.InvariantCulture));
                    break;
                case TensorProto.Types.DataType.Int32:
                    BinaryPrimitives.WriteInt32LittleEndian(place, numbers[i].ToInt32(CultureInfo.InvariantCulture));
                    break;
                default:
                    place[0] = numbers[i].ToByte(CultureInfo.InvariantCulture);
                    break;
            }
        }

        TensorProto tensor = new() { Name = name, DataType = (int)type, RawData = UnsafeByteOperations.UnsafeWrap(data) };
        tensor.Dims.AddRange(shape);
        return tensor;
    }

    private static AttributeProto Attribute(string name, object value)
    {
        AttributeProto attribute = new() { Name = name };
        switch (value)
        {
            case int or long:
                (attribute.Type, attribute.I) = (
                    AttributeProto.Types.AttributeType.Int, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case float or double:
                (attribute.Type, attribute.F) = (
                    AttributeProto.Types.AttributeType.Float, Convert.ToSingle(value, CultureInfo.InvariantCulture));
                break;
            case string text:
                (attribute.Type, attribute.S) = (AttributeProto.Types.AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            case IReadOnlyList<long> list:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.AddRange(list);
                break;
            default:
                (attribute.Type, attribute.T) = (AttributeProto.Types.AttributeType.Tensor, (TensorProto)value);
                break;
        }

        return attribute;
    }

    private string Unique(string type)
    {
        int number = _counts.GetValueOrDefault(type);
        _counts[type] = number + 1;
        return $"{type}_{number}";
    }
}
