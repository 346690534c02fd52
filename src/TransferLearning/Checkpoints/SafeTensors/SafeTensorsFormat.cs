using System.Text.Unicode;

namespace TransferLearning;

/// <summary>
/// The safetensors form: the header's length in 8 bytes, a JSON header, then the tensors' bytes without holes or overlaps.
/// </summary>
internal sealed class SafeTensorsFormat : ICheckpointFormat
{
    private const int LengthBytes = 8;
    private const string Remedy = CheckpointFile.RemedyDownload;

    public bool Recognizes(ReadOnlySpan<byte> head, string path)
    {
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            // Only a name: a zip or a torch file with this name is still what it is.
            return !new TorchZipFormat().Recognizes(head, "") && !new TorchLegacyFormat().Recognizes(head, "");
        }

        // No honest header has 4 GiB, and a text, such as an index of shards, has no zero bytes.
        return head.Length > LengthBytes && BinaryPrimitives.ReadUInt64LittleEndian(head) <= uint.MaxValue;
    }

    public CheckpointContent Read(CheckpointFile file, CheckpointOptions options)
    {
        if (file.Length < LengthBytes)
        {
            throw file.Error(
                CheckpointErrorKind.Truncated,
                null,
                $"A safetensors file begins with the header's length in {LengthBytes} bytes; the file has {file.Length}.",
                Remedy);
        }

        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        file.Read(0, lengthBytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > (ulong)(file.Length - LengthBytes))
        {
            throw file.Error(
                CheckpointErrorKind.Truncated, null, $"The header claims {length} bytes; {file.Length - LengthBytes} follow.", Remedy);
        }

        if (length > (ulong)options.MaximumDescriptionBytes)
        {
            throw file.Error(
                CheckpointErrorKind.TooLarge,
                null,
                $"The header has {length} bytes; {options.MaximumDescriptionBytes} are allowed.",
                "Raise CheckpointOptions.MaximumDescriptionBytes if you trust the file.");
        }

        byte[] header = new byte[(int)length];
        file.Read(LengthBytes, header);
        if (header.Length == 0 || header[0] != '{')
        {
            throw BadHeader(file, "it does not begin with '{'");
        }

        if (!Utf8.IsValid(header))
        {
            throw BadHeader(file, "it is not UTF-8");
        }

        try
        {
            return Parse(file, header, LengthBytes + (long)length);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // A lone surrogate written as an escape shows itself as InvalidOperationException.
            throw BadHeader(
                file,
                "it is not sound JSON of the form {\"name\": {\"dtype\", \"shape\", \"data_offsets\"}}: " + exception.Message,
                exception);
        }
    }

    private static CheckpointException BadHeader(CheckpointFile file, string problem, Exception? inner = null) =>
        file.Error(CheckpointErrorKind.BadHeader, "header", $"The header cannot be read: {problem}.", Remedy, inner);

    private static CheckpointContent Parse(CheckpointFile file, ReadOnlySpan<byte> header, long bodyStart)
    {
        Utf8JsonReader reader = new(header);
        Dictionary<string, string> metadata = [];
        List<KeyValuePair<string, TensorView>> tensors = [];
        List<(long Begin, long End, string Name)> ranges = [];
        HashSet<string> names = [];
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            if (!names.Add(name))
            {
                throw file.Error(CheckpointErrorKind.DuplicateEntry, $"tensor '{name}'", "The header lists the name twice.", Remedy);
            }

            reader.Read();
            if (name == "__metadata__")
            {
                ReadMetadata(file, ref reader, metadata);
                continue;
            }

            SafeTensorsEntry entry = SafeTensorsEntry.Read(file, name, ref reader);
            ranges.Add((entry.Begin, entry.End, name));
            tensors.Add(new(name, entry.ToView(file, bodyStart)));
        }

        if (reader.Read())
        {
            throw BadHeader(file, "text follows the closing brace");
        }

        CheckRanges(file, ranges, file.Length - bodyStart);
        return CheckpointContent.FromTensors(tensors, metadata);
    }

    private static void ReadMetadata(CheckpointFile file, ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw BadHeader(file, "'__metadata__' is not an object");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String || !metadata.TryAdd(key, reader.GetString()!))
            {
                throw BadHeader(file, $"'__metadata__' must map each key to one text, '{key}' does not");
            }
        }
    }

    private static void CheckRanges(CheckpointFile file, List<(long Begin, long End, string Name)> ranges, long bodyLength)
    {
        ranges.Sort();
        long at = 0;
        foreach ((long begin, long end, string name) in ranges)
        {
            if (begin != at)
            {
                throw file.Error(
                    CheckpointErrorKind.BadOffsets,
                    $"tensor '{name}'",
                    $"It must begin at byte {at} of the data, where the one before it ends; it begins at {begin}.",
                    Remedy);
            }

            at = end;
        }

        if (at != bodyLength)
        {
            throw file.Error(
                CheckpointErrorKind.BadOffsets, null, $"The tensors end at byte {at} of the data; the file has {bodyLength}.", Remedy);
        }
    }
}
