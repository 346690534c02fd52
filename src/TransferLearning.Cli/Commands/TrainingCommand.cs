using System.CommandLine;
using System.Globalization;

namespace TransferLearning.Cli;

/// <summary>What training and probing have in common: data, validation, model, where it is saved.</summary>
internal abstract class TrainingCommand : ConfiguredCommand
{
    private readonly DataOptions _data;
    private readonly ModelOptions _model;

    private readonly Option<string?> _validation = new("--validation")
    {
        Description = "What is kept to measure on: a share of the samples such as 0.2, a part such as val, another folder or file, or "
            + "none. Default: the part val or test of the data if it has one, else 0.2.",
    };

    private readonly Option<string> _out = new("--out", "-o")
    {
        Description = "Where the model is saved: a file, or a folder for texts and sounds. The config of the run is written beside it.",
        DefaultValueFactory = _ => "model.tl",
    };

    private protected TrainingCommand(string name, string description)
        : base(name, description)
    {
        _data = new DataOptions(Settings, "The part of the data to train on, a folder inside it. Default: train, if there is one.");
        Settings.Add(_validation);
        _model = new ModelOptions(Settings);
        Settings.Add(_out);
    }

    private protected sealed override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        DataSource source = _data.Source(line, terminal);
        string path = line.GetValue(_out)!;
        string? part = _data.Part(line) ?? source.TrainingPart;
        string asked = line.GetValue(_validation) ?? source.ValidationPart ?? "0.2";
        using Dataset all = source.Open(part);
        (Dataset training, Dataset? validation) = Divide(line, terminal, source, all, asked);
        using Dataset? owned = validation;
        terminal.Note(
            $"{training.Count} training samples and {validation?.Count ?? 0} to measure on; "
                + (all.ClassNames.Count > 1 ? $"{all.ClassNames.Count} classes: {string.Join(", ", all.ClassNames)}" : "no classes"));
        using TransferModel model = _model.Open(line, source, all, cancellationToken);
        Dictionary<string, object> values = Settings.Values(line);
        values["validation"] = asked;
        if (part is not null)
        {
            values["part"] = part;
        }

        Trained trained = Train(
            line, terminal, new TrainingWork(source, model, training, validation, _model.Seed(line)), values, cancellationToken);

        // What was cancelled is measured and saved too, and quickly.
        EvaluationResult? result = validation is null
            ? null
            : terminal.WithBar("evaluate", validation.Count, bar => model.Evaluate(validation, progress: bar));
        model.Save(path);
        string config = RunConfig.PathFor(path);
        RunConfig.Write(config, Name, values);
        string measured = result is null ? "" : $"{result}\n";
        terminal.Result(
            $"{trained.Text}\n{measured}saved: {path}, and how to repeat the run: {config}",
            new
            {
                Model = path,
                Config = config,
                model.Architecture,
                model.ClassNames,
                Training = trained.Document,
                Evaluation = result is null ? null : EvaluationDocument.Of(result),
                trained.WasCancelled,
            });
        return trained.WasCancelled ? ExitCode.Cancelled : ExitCode.Success;
    }

    /// <summary>Trains.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="terminal">Where progress is shown.</param>
    /// <param name="work">What is trained on what.</param>
    /// <param name="values">The config of the run, which takes defaults that depend on the samples.</param>
    /// <param name="cancellationToken">Ends it; the best so far is kept.</param>
    private protected abstract Trained Train(
        ParseResult line, Terminal terminal, TrainingWork work, Dictionary<string, object> values, CancellationToken cancellationToken);

    private (Dataset Training, Dataset? Validation) Divide(
        ParseResult line, Terminal terminal, DataSource source, Dataset all, string asked)
    {
        if (asked == "none")
        {
            return (all, null);
        }

        if (double.TryParse(asked, NumberStyles.Float, CultureInfo.InvariantCulture, out double share))
        {
            return share is > 0 and < 1
                ? all.Split(1 - share, _model.Seed(line))
                : throw new UsageException($"--validation {asked} is no share between 0 and 1.");
        }

        return (all, source.Parts.Contains(asked)
            ? source.Open(asked, all.ClassNames)
            : _data.Source(line, terminal, asked).Open(classNames: all.ClassNames));
    }
}
