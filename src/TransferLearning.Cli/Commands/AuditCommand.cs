using System.CommandLine;

namespace TransferLearning.Cli;

/// <summary>Looks through data.</summary>
internal sealed class AuditCommand : ToolSubcommand
{
    private readonly SavedModel _model;
    private readonly DataOptions _data;
    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "Write all findings into a CSV file that a person can edit.",
    };

    public AuditCommand()
        : base(
            "audit",
            "Look through samples for wrong labels, duplicates, leaks between train and test, and odd or damaged files, by what a "
                + "model sees in them. Example: tl audit bees.tl images -o findings.csv")
    {
        _model = new SavedModel(this);
        _data = new DataOptions(new SettingList(this), "The part of the data, a folder inside it. Default: train, if there is one.");
        Options.Add(_out);
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        DataSource source = _data.Source(line, terminal);
        string? part = _data.Part(line) ?? source.TrainingPart;
        using TransferModel model = _model.Open(line);
        using Dataset dataset = source.Open(part);
        using Dataset? test = part is not null && part == source.TrainingPart && source.EvaluationPart is { } other
            ? source.Open(other, dataset.ClassNames)
            : null;
        AuditFindings findings = terminal.WithBar("audit", 1000, bar => DataAudit.Run(
            model,
            dataset,
            new AuditOptions { Test = test },
            new Reporter<AuditProgress>(step => bar.Report(step.Total == 0 ? 0 : 1000 * step.Done / step.Total)),
            cancellationToken));
        if (line.GetValue(_out) is { } path)
        {
            findings.SaveCsv(path);
            terminal.Note($"written: {path}");
        }

        terminal.Result(
            findings.ToString(), new { findings.SampleCount, findings.Count, Findings = findings.ToArray(), findings.NotChecked });
        return ExitCode.Success;
    }
}
