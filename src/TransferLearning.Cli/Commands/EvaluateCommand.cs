using System.CommandLine;
using TransferLearning.Reports;

namespace TransferLearning.Cli;

/// <summary>Measures a model.</summary>
internal sealed class EvaluateCommand : ToolSubcommand
{
    private readonly SavedModel _model;
    private readonly DataOptions _data;
    private readonly Option<string?> _report = new("--report")
    {
        Description = "Also write a page (.html, .md or .json) with the worst mistakes, curves and maps.",
    };

    public EvaluateCommand()
        : base("evaluate", "Measure a saved model on samples whose classes are known. Example: tl evaluate bees.tl images/val")
    {
        _model = new SavedModel(this);
        _data = new DataOptions(
            new SettingList(this), "The part of the data to measure on, a folder inside it. Default: test or val, if there is one.");
        Options.Add(_report);
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        DataSource source = _data.Source(line, terminal);
        using TransferModel model = _model.Open(line);
        using Dataset dataset = source.Open(_data.Part(line) ?? source.EvaluationPart);
        EvaluationResult result = terminal.WithBar(
            "evaluate", dataset.Count, bar => model.Evaluate(dataset, progress: bar, cancellationToken: cancellationToken));
        if (line.GetValue(_report) is { } report)
        {
            model.WriteReport(report, dataset, progress: new Reporter<string>(terminal.Note), cancellationToken: cancellationToken);
            terminal.Note($"written: {report}");
        }

        terminal.Result(result.ToString(), EvaluationDocument.Of(result));
        return ExitCode.Success;
    }
}
