using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace TransferLearning.Cli;

/// <summary>Predicts.</summary>
internal sealed class PredictCommand : ToolSubcommand
{
    private readonly SavedModel _model;
    private readonly Argument<string[]> _inputs = new("inputs")
    {
        Description = "Files or folders of images or sounds, or texts in quotes; - reads one from each line of stdin.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int> _top = new("--top") { Description = "How many classes are shown for each.", DefaultValueFactory = _ => 1 };
    private readonly Option<bool> _skip = new("--skip-damaged")
    {
        Description = "Leave damaged files out and name them, in place of an error.",
    };

    public PredictCommand()
        : base("predict", "Predict the class, labels or number of images, texts or sounds. Example: tl predict bees.tl photo.jpg --top 3")
    {
        _model = new SavedModel(this);
        Arguments.Add(_inputs);
        Options.Add(_top);
        Options.Add(_skip);
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        using TransferModel model = _model.Open(line);
        string[] inputs = [.. line.GetValue(_inputs)!.SelectMany(input => Inputs(input, model is TextModel))];
        if (inputs.Length == 0)
        {
            throw new UsageException("There is nothing to predict: no input, or folders without files.");
        }

        switch (model)
        {
            case SpeechModel { LearningTask: not ClassTask and not Regression } speech:
                Transcribe(speech, inputs, terminal, cancellationToken);
                break;
            case { LearningTask: Regression }:
                Numbers(model, inputs, terminal);
                break;
            default:
                Classes(model, inputs, line, terminal, cancellationToken);
                break;
        }

        return ExitCode.Success;
    }

    private void Classes(TransferModel model, string[] inputs, ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        int top = line.GetValue(_top);
        PredictOptions options = new()
        {
            Logger = terminal.Log,
            OnBadSample = line.GetValue(_skip) ? BadSampleHandling.Skip : BadSampleHandling.Throw,
        };
        IReadOnlyList<Prediction> predictions = model.Predict(inputs, options, cancellationToken);
        Table table = Terminal.Table("input", "class", ">probability");
        foreach (Prediction prediction in predictions)
        {
            bool isFirst = true;
            foreach (ClassScore score in prediction.Scores.OrderByDescending(score => score.Probability).Take(top))
            {
                Terminal.AddRow(table, isFirst ? prediction.Item : "", score.Name, Terminal.Percent(score.Probability));
                isFirst = false;
            }
        }

        terminal.Result(table, predictions.Select(prediction => new
        {
            Input = prediction.Item,
            Class = prediction.ClassName,
            prediction.Probability,
            Scores = prediction.Scores.OrderByDescending(score => score.Probability).Take(top)
                .Select(score => new { Class = score.Name, score.Probability }),
        }));
    }

    private static void Numbers(TransferModel model, string[] inputs, Terminal terminal)
    {
        (string Input, double Number)[] numbers = [.. inputs.Select(input => (input, model.PredictNumber(input)))];
        Table table = Terminal.Table("input", ">number");
        foreach ((string input, double number) in numbers)
        {
            Terminal.AddRow(table, input, number.ToString("G6", CultureInfo.InvariantCulture));
        }

        terminal.Result(table, numbers.Select(one => new { one.Input, one.Number }));
    }

    private static void Transcribe(SpeechModel model, string[] inputs, Terminal terminal, CancellationToken cancellationToken)
    {
        (string Input, string Text)[] texts =
            [.. inputs.Select(input => (input, model.Transcribe(input, cancellationToken: cancellationToken).Text))];
        terminal.Result(
            string.Join('\n', texts.Select(one => $"{one.Input}\t{one.Text}")), texts.Select(one => new { one.Input, one.Text }));
    }

    private static IEnumerable<string> Inputs(string input, bool isText)
        => input == "-" ? Lines()
            : !isText && Directory.Exists(input)
                ? Directory.EnumerateFiles(input, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            : [input];

    private static IEnumerable<string> Lines()
    {
        while (System.Console.In.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
