using System.Text.Encodings.Web;

namespace TransferLearning;

/// <summary>Writes the safetensors form.</summary>
internal static class SafeTensorsWriter
{
    private const int HeaderAlignment = 8;
    private const string MetadataName = "__metadata__";

    public static void Write(Stream stream, IReadOnlyList<TensorEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        // Wide elements first, so that each tensor lies at a multiple of its element's width though no holes are allowed.
        TensorEntry[] order = [.. entries.OrderByDescending(entry => ElementType.Of(entry.Dtype).Width)];
        Dictionary<TensorEntry, long> starts = new(ReferenceEqualityComparer.Instance);
        long next = 0;
        foreach (TensorEntry entry in order)
        {
            starts.Add(entry, next);
            next = checked(next + entry.View.ByteCount);
        }

        stream.Write(Header(entries, starts, metadata));
        foreach (TensorEntry entry in order)
        {
            using Tensor flat = TensorBytes.Contiguous(entry);
            TensorBytes.ForEachPiece(flat, stream, static (bytes, stream) => stream.Write(bytes));
        }
    }

    private static byte[] Header(
        IReadOnlyList<TensorEntry> entries, Dictionary<TensorEntry, long> starts, IReadOnlyDictionary<string, string> metadata)
    {
        using MemoryStream header = new();
        header.Write(new byte[sizeof(long)]);
        using (Utf8JsonWriter json = new(header, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(MetadataName);
                foreach ((string key, string value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            foreach (TensorEntry entry in entries)
            {
                string type = ElementType.Of(entry.Dtype).SafeTensorsName
                    ?? throw new NotSupportedException(
                        $"The tensor '{entry.Name}' is of type {entry.Dtype}, which safetensors files cannot hold. "
                        + "Save as CheckpointFormat.TorchZip.");
                if (entry.Name == MetadataName)
                {
                    throw new ArgumentException(
                        $"A tensor in a safetensors file cannot be called '{MetadataName}'. Rename it.", nameof(entries));
                }

                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", type);
                json.WriteStartArray("shape");
                foreach (long size in entry.Shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(starts[entry]);
                json.WriteNumberValue(starts[entry] + entry.View.ByteCount);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (header.Length % HeaderAlignment != 0)
        {
            header.WriteByte((byte)' ');
        }

        byte[] bytes = header.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - sizeof(long));
        return bytes;
    }
}
