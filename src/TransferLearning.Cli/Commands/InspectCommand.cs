using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TransferLearning.Cli;

/// <summary>Lists what a file of weights holds.</summary>
internal sealed class InspectCommand : ToolSubcommand
{
    private const int LongestValue = 200;
    private const int LargestText = 64 << 20;

    private static readonly string[] WeightFiles =
    [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
        "adapter_model.safetensors", "adapter_model.bin",
    ];

    private readonly Argument<string> _path = new("path")
    {
        Description = "A checkpoint (.pth, .pt, .bin, .safetensors, a sharded set's index), a saved model, a folder of Hugging Face's "
            + "form, a .gguf file of llama.cpp, a .onnx file, or Keras's .h5.",
    };

    private readonly Option<string?> _section = new("--section") { Description = "Which dictionary of the file, where it has several." };
    private readonly Option<bool> _summary = new("--summary")
    {
        Description = "Totals and metadata alone, without a line for each tensor.",
    };

    public InspectCommand()
        : base("inspect", "List what a file of weights or a saved model holds: names, types, shapes, metadata. Nothing in it is run.")
    {
        Arguments.Add(_path);
        Options.Add(_section);
        Options.Add(_summary);
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        string path = line.GetValue(_path)!;
        string file = !Directory.Exists(path) ? path : FileOf(path);
        FileContent content = FileContent.Of(file, line.GetValue(_section));
        StringBuilder text = new();
        long elements = content.Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
        bool isShort = line.GetValue(_summary);
        foreach ((string name, string type, IReadOnlyList<long> shape) in isShort ? [] : content.Tensors)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name,-60} {type,-10} [{string.Join(", ", shape)}]");
        }

        foreach ((string key, object value) in content.Metadata)
        {
            string shown = Convert.ToString(value, CultureInfo.InvariantCulture)!;
            text.AppendLine($"{key}: {(shown.Length > LongestValue ? shown[..LongestValue] + "..." : shown)}");
        }

        text.Append(CultureInfo.InvariantCulture, $"{file}: {content.Tensors.Count} tensors, {elements:N0} elements");
        terminal.Result(text.ToString(), new
        {
            File = file,
            Count = content.Tensors.Count,
            Elements = elements,
            Metadata = content.Metadata.DistinctBy(entry => entry.Key)
                .ToDictionary(entry => entry.Key, entry => entry.Value is string value ? Parsed(value) : entry.Value),
            Config = file == path ? null : Parsed(TextOf(Path.Combine(path, "config.json"))),
            Tensors = isShort ? null : content.Tensors.Select(tensor => new { tensor.Name, tensor.Type, tensor.Shape }),
        });
        return ExitCode.Success;
    }

    private static string FileOf(string folder)
        => WeightFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new UsageException($"'{folder}' holds no weights: expected model.safetensors or pytorch_model.bin.");

    private static string TextOf(string path)
        => new FileInfo(path) is { Exists: true, Length: < LargestText } ? File.ReadAllText(path) : "";

    // Metadata of saved models is JSON in a string.
    private static object Parsed(string value)
    {
        try
        {
            return value.StartsWith('{') ? JsonSerializer.Deserialize<JsonElement>(value) : value;
        }
        catch (JsonException)
        {
            return value;
        }
    }
}
