using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace TransferLearning.Cli;

/// <summary>Lists the networks of the catalogue.</summary>
internal sealed class ModelsCommand : ToolSubcommand
{
    private readonly Argument<string> _pattern = new("pattern")
    {
        Description = "Names with * and ?, such as resnet*.",
        DefaultValueFactory = _ => "*",
    };

    private readonly Option<double?> _minTop1 = new("--min-top1") { Description = "At least this accuracy on ImageNet, in per cent." };
    private readonly Option<double?> _maxParameters = new("--max-parameters") { Description = "At most so many millions of parameters." };
    private readonly Option<string> _licence = new("--licence")
    {
        Description = "The licence of the weights, with * and ?.",
        DefaultValueFactory = _ => "*",
    };

    public ModelsCommand()
        : base("models", "List the networks for images and their published weights. Example: tl models \"resnet*\" --max-parameters 30")
    {
        Arguments.Add(_pattern);
        Options.Add(_minTop1);
        Options.Add(_maxParameters);
        Options.Add(_licence);
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        long? parameters = line.GetValue(_maxParameters) is { } millions ? (long)(millions * 1e6) : null;
        IReadOnlyList<ModelMatch> found = ModelCatalog.Search(
            line.GetValue(_pattern)!, line.GetValue(_minTop1), parameters, licence: line.GetValue(_licence)!);
        if (found.Count == 0)
        {
            terminal.Note("No network matches; tl models lists them all.");
        }

        Table table = Terminal.Table("model", "weights", ">top-1 %", ">million parameters", ">GFLOPs", "licence");
        foreach (WeightEntry entry in found.Select(match => match.Entry))
        {
            Terminal.AddRow(
                table, entry.Architecture, entry.Name, Number(entry.Top1, "F1"), Number(entry.Parameters / 1e6, "F1"),
                Number(entry.GigaFlops, "F2"), entry.Licence);
        }

        terminal.Result(table, found.Select(match => match.Entry).Select(entry => new
        {
            Model = entry.Architecture,
            Weights = entry.Name,
            entry.Top1,
            entry.Top5,
            entry.Parameters,
            entry.GigaFlops,
            entry.Classes,
            entry.Licence,
            entry.FileName,
        }));
        return ExitCode.Success;
    }

    private static string Number(double? value, string form) => value?.ToString(form, CultureInfo.InvariantCulture) ?? "";
}
