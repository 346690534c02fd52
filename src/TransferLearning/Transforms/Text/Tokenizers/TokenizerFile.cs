using System.Text;
using System.Text.Json;

namespace TransferLearning;

/// <summary>Reads tokenizer files whole, up to a size that no real one reaches.</summary>
internal static class TokenizerFile
{
    private const long MostBytes = 256L << 20;

    public static byte[] Bytes(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > MostBytes)
            {
                throw new TokenizerException($"'{path}' has {stream.Length} bytes; a tokenizer file has at most {MostBytes}. Use the file as it was published.");
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is (IOException and not TokenizerException) or UnauthorizedAccessException)
        {
            throw new TokenizerException($"'{path}' could not be read: {error.Message} Give the path of the tokenizer file of the model.", error);
        }
    }

    /// <summary>The lines of a text file, without their ends.</summary>
    public static (string Path, List<string> Lines) Lines(string path)
    {
        using StreamReader reader = new(new MemoryStream(Bytes(path)), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
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
            throw new TokenizerException($"'{path}' is no UTF-8 text. Use the file as it was published.", error);
        }

        return (path, lines);
    }

    /// <summary>A JSON file that holds an object; the caller disposes the document.</summary>
    public static JsonDocument Json(string path)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(WithoutMark(Bytes(path)));
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }
        }
        catch (JsonException error)
        {
            throw new TokenizerException($"'{path}' is no JSON: {error.Message} Use the file as it was published.", error);
        }

        JsonValueKind found = document.RootElement.ValueKind;
        document.Dispose();
        throw new TokenizerException($"'{path}' holds a JSON {found}, where an object is expected. Use the file as it was published.");
    }

    /// <summary>The tokens and numbers of a JSON object.</summary>
    public static IEnumerable<KeyValuePair<string, int>> Vocabulary(string path, JsonElement vocabulary)
    {
        foreach (JsonProperty entry in vocabulary.EnumerateObject())
        {
            yield return entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out int id)
                ? new(entry.Name, id)
                : throw new TokenizerException($"'{path}': the token '{entry.Name}' has the number {entry.Value.GetRawText()}, where a whole number is expected. Use the file as it was published.");
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(byte[] bytes) => bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(3) : bytes;
}
