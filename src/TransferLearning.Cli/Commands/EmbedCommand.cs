using System.CommandLine;
using System.Globalization;

namespace TransferLearning.Cli;

/// <summary>Writes what a backbone gives for samples.</summary>
internal sealed class EmbedCommand : ToolSubcommand
{
    private readonly SavedModel _model;
    private readonly DataOptions _data;
    private readonly Option<string> _out = new("--out", "-o")
    {
        Description = "The file: .safetensors (features, labels), or .csv (name, class, one column for each feature).",
        DefaultValueFactory = _ => "features.safetensors",
    };

    public EmbedCommand()
        : base("embed", "Write one vector of features for each sample, what enters the head. Example: tl embed bees.tl images -o "
            + "features.csv")
    {
        _model = new SavedModel(this);
        _data = new DataOptions(new SettingList(this), "The part of the data, a folder inside it. Default: all of it.");
        Options.Add(_out);
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        DataSource source = _data.Source(line, terminal);
        string path = line.GetValue(_out)!;
        using TransferModel model = _model.Open(line);
        using Dataset dataset = source.Open(_data.Part(line) ?? source.TrainingPart);
        using FeatureSet features = terminal.WithBar(
            "features",
            dataset.Count,
            bar => model.ExtractFeatures(dataset, new FeatureOptions { Logger = terminal.Log }, bar, cancellationToken));
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            AtomicFile.Write(path, stream => WriteCsv(stream, features, dataset));
        }
        else
        {
            features.Save(path);
        }

        terminal.Result(
            $"written: {path}, {features.Count} vectors of {features.Width} features",
            new { Out = path, features.Count, features.Width, features.ClassNames });
        return ExitCode.Success;
    }

    private static void WriteCsv(Stream stream, FeatureSet features, Dataset dataset)
    {
        using StreamWriter writer = new(stream, leaveOpen: true);
        writer.WriteLine($"name,class,{string.Join(',', Enumerable.Range(0, features.Width))}");
        for (int row = 0; row < features.Count; row++)
        {
            int index = features.Indices[row];
            string numbers = string.Join(
                ',', features.ToArray(row).Select(number => number.ToString("R", CultureInfo.InvariantCulture)));
            writer.WriteLine($"{Quoted(dataset.NameOf(index))},{Quoted(dataset.ClassNames[dataset.LabelOf(index)])},{numbers}");
        }
    }

    private static string Quoted(string text)
        => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
