namespace TransferLearning;

/// <summary>Reads tokenizer files whole, up to a size that no real one reaches.</summary>
internal static class TokenizerFile
{
    private const long MostBytes = 128L << 20;

    public static byte[] Bytes(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > MostBytes)
            {
                throw TokenizerException.Damaged(path, $"has {stream.Length} bytes, where a tokenizer file has at most {MostBytes}");
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is (IOException and not TokenizerException) or UnauthorizedAccessException)
        {
            throw new TokenizerException($"'{path}' could not be read: {error.Message} Give the model's tokenizer file.", error);
        }
    }

    /// <summary>The lines of a text file, without their ends.</summary>
    public static (string Path, List<string> Lines) Lines(string path)
    {
        UTF8Encoding strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using StreamReader reader = new(new MemoryStream(Bytes(path)), strict);
        List<string> lines = [];
        try
        {
            while (reader.ReadLine() is string line)
            {
                lines.Add(line);
            }
        }
        catch (DecoderFallbackException error)
        {
            throw TokenizerException.Damaged(path, "is not UTF-8 text", error);
        }

        return (path, lines);
    }

    /// <summary>A JSON file that holds an object; the caller disposes the document.</summary>
    public static JsonDocument Json(string path)
    {
        JsonDocument? document = null;
        try
        {
            ReadOnlyMemory<byte> bytes = WithoutMark(Bytes(path));
            document = JsonDocument.Parse(bytes);
            if (JsonText.HasHalfPairs(bytes.Span))
            {
                throw new JsonException(JsonText.HalfPair);
            }

            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }
        }
        catch (JsonException error)
        {
            document?.Dispose();
            throw TokenizerException.Damaged(path, $"is not JSON: {error.Message}", error);
        }

        JsonValueKind found = document.RootElement.ValueKind;
        document.Dispose();
        throw TokenizerException.Damaged(path, $"holds a JSON {found}, where an object is expected");
    }

    /// <summary>The tokens and ids of a JSON object.</summary>
    public static IEnumerable<KeyValuePair<string, int>> Vocabulary(string path, JsonElement vocabulary)
    {
        foreach (JsonProperty entry in vocabulary.EnumerateObject())
        {
            yield return entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out int id)
                ? new(entry.Name, id)
                : throw TokenizerException.Damaged(path, $"gives the token '{entry.Name}' something else than a whole number");
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(byte[] bytes)
        => bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(3) : bytes;
}
