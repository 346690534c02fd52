namespace TransferLearning.Onnx;

/// <summary>
/// Goes through an ONNX file before it is parsed: every length must lie in what holds it, nothing is nested too deeply, and there are
/// not so many fields that the objects made of them, of some hundred bytes each, would take the memory. Two bytes are an object.
/// </summary>
internal sealed class ProtobufScan
{
    private const int MostNested = 64;
    private const long MostFields = 2_000_000;
    private const int LongestNumber = 10;

    // Which fields of which messages are messages, by the format's definition; other fields are data.
    private static readonly Dictionary<(string Message, long Field), string> Messages = new()
    {
        [("Model", 7)] = "Graph",
        [("Model", 8)] = "Leaf",
        [("Model", 14)] = "Leaf",
        [("Model", 20)] = "Training",
        [("Model", 25)] = "Function",
        [("Training", 1)] = "Graph",
        [("Training", 2)] = "Graph",
        [("Training", 3)] = "Leaf",
        [("Training", 4)] = "Leaf",
        [("Function", 7)] = "Node",
        [("Function", 9)] = "Leaf",
        [("Function", 11)] = "Attribute",
        [("Graph", 1)] = "Node",
        [("Graph", 5)] = "Tensor",
        [("Graph", 11)] = "Value",
        [("Graph", 12)] = "Value",
        [("Graph", 13)] = "Value",
        [("Graph", 14)] = "Quantized",
        [("Graph", 15)] = "Sparse",
        [("Quantized", 2)] = "Leaf",
        [("Sparse", 1)] = "Tensor",
        [("Sparse", 2)] = "Tensor",
        [("Node", 5)] = "Attribute",
        [("Attribute", 5)] = "Tensor",
        [("Attribute", 6)] = "Graph",
        [("Attribute", 10)] = "Tensor",
        [("Attribute", 11)] = "Graph",
        [("Attribute", 14)] = "Type",
        [("Attribute", 15)] = "Type",
        [("Attribute", 22)] = "Sparse",
        [("Attribute", 23)] = "Sparse",
        [("Tensor", 3)] = "Leaf",
        [("Tensor", 13)] = "Leaf",
        [("Value", 2)] = "Type",
        [("Type", 1)] = "TensorType",
        [("Type", 4)] = "Holder",
        [("Type", 5)] = "Holder",
        [("Type", 8)] = "TensorType",
        [("Type", 9)] = "Holder",
        [("Holder", 1)] = "Type",
        [("Holder", 2)] = "Type",
        [("TensorType", 2)] = "Shape",
        [("Shape", 1)] = "Leaf",
    };

    private readonly Stream _stream;
    private long _fields;

    private ProtobufScan(Stream stream) => _stream = stream;

    /// <summary>Goes through a file; the stream is at its beginning again afterwards.</summary>
    /// <returns>What is wrong with it; null for nothing.</returns>
    public static (CheckpointErrorKind Kind, string Problem)? Of(FileStream stream)
    {
        (CheckpointErrorKind, string)? problem = new ProtobufScan(stream).Message("Model", stream.Length, 0);
        stream.Position = 0;
        return problem;
    }

    private (CheckpointErrorKind Kind, string Problem)? Message(string type, long end, int depth)
    {
        if (depth > MostNested)
        {
            return (CheckpointErrorKind.TooDeep, $"At byte {_stream.Position} messages are nested more than {MostNested} deep.");
        }

        while (_stream.Position < end)
        {
            long start = _stream.Position;
            if (++_fields > MostFields)
            {
                return (CheckpointErrorKind.TooLarge, $"It has more than {MostFields} fields up to byte {start}.");
            }

            if (Number(end) is not { } tag || tag >> 3 is 0 or > int.MaxValue)
            {
                return (CheckpointErrorKind.BadHeader, $"At byte {start} no field begins where one is expected.");
            }

            long length;
            switch (tag & 7)
            {
                case 0:
                    length = Number(end) is null ? long.MaxValue : 0;
                    break;
                case 1:
                    length = sizeof(long);
                    break;
                case 5:
                    length = sizeof(int);
                    break;
                case 2:
                    length = Number(end) is { } said and <= long.MaxValue ? (long)said : long.MaxValue;
                    break;
                default:
                    return (CheckpointErrorKind.BadHeader, $"At byte {start} a field of form {tag & 7} begins; ONNX has none.");
            }

            if (length > end - _stream.Position)
            {
                return (
                    CheckpointErrorKind.Truncated,
                    $"The field at byte {start} ({type} {tag >> 3}) says "
                        + $"{(length == long.MaxValue ? "no length" : $"{length} bytes")}, and {end - _stream.Position} are left.");
            }

            if ((tag & 7) == 2 && Messages.TryGetValue((type, (long)(tag >> 3)), out string? inner))
            {
                if (Message(inner, _stream.Position + length, depth + 1) is { } problem)
                {
                    return problem;
                }
            }
            else
            {
                _stream.Position += length;
            }
        }

        return null;
    }

    private ulong? Number(long end)
    {
        ulong number = 0;
        for (int place = 0; place < LongestNumber && _stream.Position < end; place++)
        {
            int part = _stream.ReadByte();
            number |= (ulong)(part & 0x7f) << (7 * place);
            if (part < 0x80)
            {
                return number;
            }
        }

        return null;
    }
}
