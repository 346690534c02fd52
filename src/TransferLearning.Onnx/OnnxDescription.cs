namespace TransferLearning.Onnx;

/// <summary>What an ONNX file says of itself: inputs, outputs, operators and the weights in it or beside it, without their
/// elements.</summary>
public sealed class OnnxDescription
{
    private readonly ModelProto _model;

    private OnnxDescription(ModelProto model, IReadOnlyList<OnnxTensor> weights) => (_model, Weights) = (model, weights);

    /// <summary>The program that wrote it, with its version.</summary>
    public string Producer => $"{_model.ProducerName} {_model.ProducerVersion}".Trim();

    /// <summary>The version of the operators; 0 where the file does not say.</summary>
    public long Opset => OnnxFile.OpsetOf(_model);

    /// <summary>What the network takes, without what the file gives itself.</summary>
    public IReadOnlyList<OnnxValue> Inputs
    {
        get
        {
            HashSet<string> given = [.. Weights.Select(weight => weight.Name)];
            return [.. Graph.Input.Where(input => !given.Contains(input.Name)).Select(Described)];
        }
    }

    /// <summary>What the network gives.</summary>
    public IReadOnlyList<OnnxValue> Outputs => [.. Graph.Output.Select(Described)];

    /// <summary>How many nodes there are of each operator, the most frequent first.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> Operators
        => [.. Graph.Node.CountBy(node => node.OpType).OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal)];

    /// <summary>The weights, in the file's order.</summary>
    public IReadOnlyList<OnnxTensor> Weights { get; }

    /// <summary>What else the writer wrote into the file, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata
        => [.. _model.MetadataProps.Select(entry => KeyValuePair.Create(entry.Key, entry.Value))];

    private GraphProto Graph => _model.Graph;

    /// <summary>Reads the description of a file. Nothing in it is run, and data beside it is not opened.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointException">It is no ONNX file, or damaged.</exception>
    public static OnnxDescription Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelProto model = OnnxFile.Parse(path);
        List<OnnxTensor> weights = [];
        foreach (TensorProto stored in model.Graph.Initializer)
        {
            Int128 count = 1;
            foreach (long size in stored.Dims)
            {
                count = size < 0 ? -1 : count * size;
                if (count < 0 || count > int.MaxValue)
                {
                    throw new CheckpointException(
                        CheckpointErrorKind.BadGeometry, path, $"initialiser '{stored.Name}'",
                        $"Its shape [{string.Join(", ", stored.Dims)}] is of no array of a network.",
                        "Get the file from its publisher again.");
                }
            }

            weights.Add(new OnnxTensor(stored.Name, NameOf(stored.DataType), [.. stored.Dims]));
        }

        return new OnnxDescription(model, weights);
    }

    private static OnnxValue Described(ValueInfoProto value) => value.Type?.TensorType is { } tensor
        ? new OnnxValue(value.Name, NameOf(tensor.ElemType), tensor.Shape is null ? null : [.. tensor.Shape.Dim.Select(Size)])
        : new OnnxValue(value.Name, value.Type?.ValueCase.ToString() ?? "unknown", null);

    private static string Size(TensorShapeProto.Types.Dimension size)
        => size.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue ? $"{size.DimValue}"
            : size.DimParam.Length > 0 ? size.DimParam : "?";

    private static string NameOf(int type) => ((TensorProto.Types.DataType)type).ToString();
}
