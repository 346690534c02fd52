using Spectre.Console;

namespace TransferLearning.Reports.Tests;

public sealed class ConsoleProgressTests : IDisposable
{
    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Without_a_terminal_an_epoch_is_a_line_and_nothing_else_is_written()
    {
        using (ConsoleProgress progress = new(Terminal(isTerminal: false)))
        {
            Train(progress, epochs: 2);
        }

        string[] lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal("epoch 2/2  loss 1  accuracy 55.0 %  validation loss 1.12  validation accuracy 60.0 %  1.5 s", lines[1].TrimEnd());
        Assert.DoesNotContain('\e', _output.ToString());
    }

    [Fact]
    public void A_long_epoch_says_each_minute_how_far_it_is()
    {
        using ConsoleProgress progress = new(Terminal(isTerminal: false));
        for (int minute = 1; minute <= 3; minute++)
        {
            progress.Report(Step(1, 3, minute, TimeSpan.FromMinutes(minute)));
            progress.Report(Step(1, 3, minute, TimeSpan.FromMinutes(minute) + TimeSpan.FromSeconds(20)));
        }

        string[] lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Equal("epoch 1/3  batch 2/10  loss 0.5  1,200 samples/s  28:00 left", lines[1].TrimEnd());
    }

    [Fact]
    public void A_terminal_has_a_bar_which_goes_when_training_is_cancelled()
    {
        using (ConsoleProgress progress = new(Terminal(isTerminal: true)))
        {
            progress.Report(Step(1, 3, 5, TimeSpan.FromSeconds(10)));
        }

        string written = _output.ToString();
        Assert.Contains("━", written, StringComparison.Ordinal);
        Assert.Contains("17 %", written, StringComparison.Ordinal);
        Assert.Contains("0:50 left", written, StringComparison.Ordinal);
        Assert.EndsWith("\e[?25h", written.TrimEnd(), StringComparison.Ordinal); // the cursor is back
    }

    [Fact]
    public void A_bar_leaves_the_lines_of_the_epochs()
    {
        using ConsoleProgress progress = new(Terminal(isTerminal: true));
        Train(progress, epochs: 2);
        string written = _output.ToString();
        Assert.Contains("epoch 1/2  loss 2", written, StringComparison.Ordinal);
        Assert.Contains("epoch 2/2  loss 1", written, StringComparison.Ordinal);
        Assert.Matches(" 1.5 s {50,}\r?\n", written); // nothing is left of the bar behind a line
        Assert.Contains("\e[?25h", written, StringComparison.Ordinal);
    }

    [Fact]
    public void One_object_shows_one_training_after_the_other()
    {
        using ConsoleProgress progress = new(Terminal(isTerminal: true));
        Train(progress, epochs: 1);
        Train(progress, epochs: 1);
        Assert.Equal(2, _output.ToString().Split("epoch 1/1  loss 2").Length - 1);
    }

    [Fact]
    public void Where_something_else_draws_there_are_lines_and_no_error()
    {
        IAnsiConsole terminal = Terminal(isTerminal: true);
        terminal.Live(Text.Empty).Start(_ =>
        {
            using ConsoleProgress progress = new(terminal);
            Train(progress, epochs: 1);
        });
        Assert.Contains("epoch 1/1  loss 2", _output.ToString(), StringComparison.Ordinal);
    }

    private static void Train(ConsoleProgress progress, int epochs)
    {
        TrainingHistory history = Examples.History(epochs);
        foreach (EpochResult epoch in history.Epochs)
        {
            progress.Report(Step(epoch.Epoch, epochs, 5, TimeSpan.FromSeconds(epoch.Epoch)));
            progress.Report(Step(epoch.Epoch, epochs, 10, TimeSpan.FromSeconds(epoch.Epoch + 1)) with { EpochResult = epoch });
        }
    }

    private static TrainingProgress Step(int epoch, int epochs, int batch, TimeSpan elapsed)
        => new(epoch, epochs, batch, 10, 0.5, 0.01, 1200, elapsed);

    private IAnsiConsole Terminal(bool isTerminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new Screen(_output, isTerminal),
        });
        console.Profile.Width = 200;
        return console;
    }

    private sealed class Screen(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => 200;

        public int Height => 40;

        public void SetEncoding(System.Text.Encoding encoding)
        {
            // It writes into memory.
        }
    }
}
