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
        Description = "A checkpoint (.pth, .pt, .bin, .safetensors, a sharded set's index), a saved model, or a folder of Hugging "
            + "Face's form.",
    };

    private readonly Option<string?> _section = new("--section") { Description = "Which dictionary of the file, where it has several." };
    private readonly Option<bool> _summary = new("--summary")
    {
        Description = "Totals and metadata alone, without a line for each tensor.",
    };

    public InspectCommand()
        : base("inspect", "List what a checkpoint or saved model holds: names, types, shapes, metadata. Nothing in it is run.")
    {
        Arguments.Add(_path);
        Options.Add(_section);
        Options.Add(_summary);
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        string path = line.GetValue(_path)!;
        string file = !Directory.Exists(path) ? path : FileOf(path);
        using StateDict checkpoint = StateDict.Open(file, new CheckpointOptions { Section = line.GetValue(_section) });
        StringBuilder text = new();
        long elements = checkpoint.Entries.Sum(Elements);
        bool isShort = line.GetValue(_summary);
        foreach (TensorEntry entry in isShort ? [] : checkpoint.Entries)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{entry.Name,-60} {entry.Dtype,-10} [{string.Join(", ", entry.Shape)}]");
        }

        foreach ((string key, string value) in checkpoint.Metadata)
        {
            text.AppendLine($"{key}: {(value.Length > LongestValue ? value[..LongestValue] + "..." : value)}");
        }

        text.Append(CultureInfo.InvariantCulture, $"{file}: {checkpoint.Entries.Count} tensors, {elements:N0} elements");
        terminal.Result(text.ToString(), new
        {
            File = file,
            Count = checkpoint.Entries.Count,
            Elements = elements,
            Metadata = checkpoint.Metadata.ToDictionary(entry => entry.Key, entry => Parsed(entry.Value)),
            Config = file == path ? null : Parsed(TextOf(Path.Combine(path, "config.json"))),
            Tensors = isShort ? null : checkpoint.Entries.Select(entry => new { entry.Name, Type = entry.Dtype.ToString(), entry.Shape }),
        });
        return ExitCode.Success;
    }

    private static string FileOf(string folder)
        => WeightFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new UsageException($"'{folder}' holds no weights: expected model.safetensors or pytorch_model.bin.");

    private static string TextOf(string path)
        => new FileInfo(path) is { Exists: true, Length: < LargestText } ? File.ReadAllText(path) : "";

    private static long Elements(TensorEntry entry) => entry.Shape.Aggregate(1L, (product, size) => product * size);

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
