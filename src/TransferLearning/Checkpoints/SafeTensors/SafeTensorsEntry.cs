namespace TransferLearning;

/// <summary>One tensor of a safetensors header.</summary>
internal sealed record SafeTensorsEntry(string Name, ElementType Type, List<long> Shape, long Begin, long End)
{
    private const string Remedy = CheckpointFile.RemedyDownload;

    public static SafeTensorsEntry Read(CheckpointFile file, string name, ref Utf8JsonReader reader)
    {
        CheckpointException Bad(CheckpointErrorKind kind, string problem) => file.Error(kind, $"tensor '{name}'", problem, Remedy);

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Bad(CheckpointErrorKind.BadHeader, "Its entry in the header is not an object.");
        }

        string? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when dtype is null && reader.TokenType == JsonTokenType.String:
                    dtype = reader.GetString();
                    break;
                case "shape" when shape is null && reader.TokenType == JsonTokenType.StartArray:
                    shape = Numbers(ref reader) ?? throw Bad(
                        CheckpointErrorKind.BadGeometry, "A size is not a whole number from 0 to 2^63.");
                    break;
                case "data_offsets" when offsets is null && reader.TokenType == JsonTokenType.StartArray:
                    offsets = Numbers(ref reader) ?? throw Bad(
                        CheckpointErrorKind.BadOffsets, "An offset is not a whole number from 0 to 2^63.");
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw Bad(CheckpointErrorKind.BadHeader, $"Its '{key}' has the wrong type or stands there twice.");
                default:
                    reader.Skip();
                    break;
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            throw Bad(CheckpointErrorKind.BadHeader, "Its entry must have 'dtype', 'shape' and 'data_offsets'; one is absent.");
        }

        ElementType type = ElementType.FromSafeTensors(dtype)
            ?? throw file.Error(
                CheckpointErrorKind.BadDtype,
                $"tensor '{name}'",
                $"Its element type '{dtype}' is not known.",
                "Convert the file to float32 where it was made.");
        return offsets.Count == 2 && offsets[0] <= offsets[1]
            ? new SafeTensorsEntry(name, type, shape, offsets[0], offsets[1])
            : throw Bad(CheckpointErrorKind.BadOffsets, $"Its range must be a begin and an end; it is [{string.Join(", ", offsets)}].");
    }

    public TensorView ToView(CheckpointFile file, long bodyStart)
    {
        string place = $"tensor '{Name}'";
        if (End > file.Length - bodyStart)
        {
            throw file.Error(
                CheckpointErrorKind.Truncated,
                place,
                $"Its bytes end at {End}; the file has {file.Length - bodyStart} bytes of data.",
                Remedy);
        }

        TensorStorage storage = TensorStorage.InFile(file, bodyStart + Begin, End - Begin);
        TensorView view = TensorView.Create(file, place, Type.Type, Shape, storage);
        return view.ByteCount == End - Begin
            ? view
            : throw file.Error(
                CheckpointErrorKind.BadGeometry,
                place,
                $"Shape [{string.Join(", ", Shape)}] of {Type.SafeTensorsName} needs {view.ByteCount} bytes; its range has {End - Begin}.",
                Remedy);
    }

    /// <summary>The numbers of an array; null when one of them is not a whole number or is negative.</summary>
    private static List<long>? Numbers(ref Utf8JsonReader reader)
    {
        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                return null;
            }

            numbers.Add(number);
        }

        return numbers;
    }
}
