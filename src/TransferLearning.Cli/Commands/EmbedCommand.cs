using System.CommandLine;

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
            features.SaveCsv(path, dataset);
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
}
