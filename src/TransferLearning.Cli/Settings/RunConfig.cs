using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace TransferLearning.Cli;

/// <summary>The file beside a model that repeats the run: the command and every option, defaults resolved.</summary>
internal static class RunConfig
{
    private const string CommandKey = "command";
    private const int LargestFile = 1 << 20;

    private static readonly JsonSerializerOptions Form = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The config of a model.</summary>
    public static string PathFor(string model)
        => Path.ChangeExtension(Path.TrimEndingDirectorySeparator(model), ".run.json");

    /// <summary>Writes a config.</summary>
    public static void Write(string path, string command, IReadOnlyDictionary<string, object> values)
    {
        Dictionary<string, object> all = new() { [CommandKey] = command };
        foreach ((string name, object value) in values)
        {
            all[name] = value is bool ? value : Convert.ToString(value, CultureInfo.InvariantCulture)!;
        }

        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, all, Form));
    }

    /// <summary>The command line with what a config says of the options that it does not give itself.</summary>
    /// <exception cref="UsageException">The file is no config of this command.</exception>
    public static IReadOnlyList<string> Expand(string path, ConfiguredCommand command, ParseResult line, string[] args)
    {
        Dictionary<string, JsonElement> values;
        try
        {
            values = new FileInfo(path) is { Exists: true, Length: <= LargestFile }
                ? JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllText(path)) ?? []
                : throw new UsageException($"There is no config '{path}'. tl {command.Name} writes one beside its model: NAME.run.json.");
        }
        catch (JsonException exception)
        {
            throw new UsageException($"'{path}' is no config: {exception.Message}");
        }

        string? written = values.TryGetValue(CommandKey, out JsonElement name) ? Text(name) : null;
        if (written != command.Name)
        {
            throw new UsageException($"'{path}' is a config of tl {written}, not of tl {command.Name}.");
        }

        List<string> all = [.. args];
        values.Remove(CommandKey);
        foreach ((string key, JsonElement value) in values.Where(entry => !command.Settings.IsGiven(line, entry.Key)))
        {
            if (command.Settings.IsArgument(key))
            {
                all.Add(Text(value));
            }
            else if (value.ValueKind is not (JsonValueKind.False or JsonValueKind.Null))
            {
                all.Add(value.ValueKind == JsonValueKind.True ? $"--{key}" : $"--{key}={Text(value)}");
            }
        }

        return all;
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
