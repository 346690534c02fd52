using DataType = Onnx.TensorProto.Types.DataType;

namespace TransferLearning.Onnx;

/// <summary>One operator of a network that is being translated.</summary>
/// <param name="graph">Where it goes.</param>
/// <param name="node">The operator.</param>
internal sealed class OperatorCall(OnnxGraph graph, GraphNode node)
{
    /// <summary>Where it goes.</summary>
    public OnnxGraph Graph => graph;

    /// <summary>The operator.</summary>
    public GraphNode Node => node;

    /// <summary>What it gives, where that is one tensor.</summary>
    public GraphValue Output => node.Outputs[0];

    /// <summary>How many arguments there are.</summary>
    public int Count => node.Inputs.Count;

    /// <summary>An argument.</summary>
    public GraphValue this[int place] => node.Inputs[place];

    /// <summary>Whether an argument was given.</summary>
    public bool Has(int place) => place < Count && this[place].Type != "NoneType";

    /// <summary>The name of a tensor; empty where it is left out.</summary>
    public string Name(int place) => Has(place) ? graph.NameOf(this[place]) : "";

    /// <summary>The shape of a tensor.</summary>
    public IReadOnlyList<Size> Shape(int place)
        => this[place].Shape ?? throw new NotSupportedException($"{node.Kind}: LibTorch recorded no shape of argument {place}.");

    /// <summary>A tensor or a number as a tensor of a type.</summary>
    public string Operand(int place, string type)
        => this[place].Shape is not null ? graph.Cast(Name(place), this[place].Type, type)
            : this[place].Constant is Size { IsFixed: false } size
                ? graph.Cast(graph.LengthScalar(size), "Long", type)
                : graph.Scalar(Number(place), OnnxTypes.Of(type));

    /// <summary>A whole number.</summary>
    public Size Size(int place)
        => this[place].Constant as Size? ?? throw new NotSupportedException($"{node.Kind}: argument {place} is no whole number.");

    /// <summary>A whole number that is the same for all inputs.</summary>
    public long Whole(int place) => Fixed(Size(place));

    /// <summary>A number.</summary>
    public double Number(int place) => this[place].Constant switch
    {
        double number => number,
        bool flag => flag ? 1 : 0,
        Tensor { dtype: not ScalarType.Int64 } tensor when tensor.numel() == 1 => tensor.to(ScalarType.Float64).item<double>(),
        Tensor tensor when tensor.numel() == 1 => tensor.item<long>(),
        _ => Whole(place),
    };

    /// <summary>A number that may be left out.</summary>
    public double Number(int place, double otherwise) => Has(place) ? Number(place) : otherwise;

    /// <summary>Yes or no; no where it is left out.</summary>
    public bool Flag(int place) => place < Count && this[place].Constant is true;

    /// <summary>A word; null where it is left out.</summary>
    public string? Text(int place) => place < Count ? this[place].Constant as string : null;

    /// <summary>A list of tensors or numbers.</summary>
    public IReadOnlyList<GraphValue> List(int place)
        => this[place].Constant as IReadOnlyList<GraphValue>
            ?? throw new NotSupportedException($"{node.Kind}: argument {place} is no list.");

    /// <summary>A list of whole numbers; empty where it is left out.</summary>
    public IReadOnlyList<Size> Sizes(int place)
        => !Has(place) ? [] : this[place].Constant is Size size ? [size] : [.. List(place).Select(value => (Size)value.Constant!)];

    /// <summary>A list of whole numbers that are the same for all inputs; empty where it is left out.</summary>
    public IReadOnlyList<long> Wholes(int place) => [.. Sizes(place).Select(Fixed)];

    /// <summary>The number of a dimension, from 0.</summary>
    public int Axis(int place, int tensor = 0) => Axis(Whole(place), tensor);

    /// <summary>The number of a dimension, from 0.</summary>
    public int Axis(long axis, int tensor = 0) => (int)(axis < 0 ? axis + Shape(tensor).Count : axis);

    /// <summary>The type of the output in the file.</summary>
    public DataType Type => OnnxTypes.Of(Output.Type);

    /// <summary>Says which value of the file the output is.</summary>
    public void Give(string name) => graph.Name(Output, name);

    /// <summary>Adds an operator.</summary>
    public string Add(string type, IEnumerable<string> inputs, params IReadOnlyList<(string Name, object Value)> attributes)
        => graph.Add(type, inputs, attributes);

    /// <summary>Refuses the operator.</summary>
    public NotSupportedException Refused(string reason) => new($"{node.Kind} cannot be exported to ONNX: {reason}.");

    private long Fixed(Size size)
        => size.IsFixed ? size.Constant : throw Refused("a number that must be fixed depends on the sizes of the inputs");
}
