using Spectre.Console;

namespace TransferLearning.Reports;

/// <summary>
/// Shows a training in the console: a bar with rate, remaining time, loss and score, and a line for each finished epoch. Plain lines where
/// the output goes to a file, the terminal cannot move its cursor, or the environment variable <c>NO_COLOR</c> is set.
/// </summary>
/// <remarks>
/// Give it to <c>FineTune</c> or <c>Probe</c> as <c>progress</c> and dispose it: that takes the bar away however the training ended. One
/// object may show several trainings one after the other.
/// </remarks>
public sealed class ConsoleProgress : IProgress<TrainingProgress>, IDisposable
{
    private const int WidestBar = 40;
    private static readonly TimeSpan BetweenLines = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly IAnsiConsole _console;
    private bool _hasBar;
    private TaskCompletionSource? _end;
    private Task? _live;
    private LiveDisplayContext? _bar;
    private Score? _score;
    private TimeSpan _lastLine;

    /// <summary>Makes a progress for the console.</summary>
    /// <param name="console">Where to write. Default: the program's own console.</param>
    public ConsoleProgress(IAnsiConsole? console = null)
    {
        _console = console ?? AnsiConsole.Console;
        bool wantsNone = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        bool isRedirected = console is null && Console.IsOutputRedirected;
        _hasBar = !wantsNone && !isRedirected && _console.Profile.Capabilities.Ansi && _console.Profile.Out.IsTerminal;
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        lock (_gate)
        {
            bool isFirst = value.Epoch == 1 && value.Elapsed < _lastLine;
            _lastLine = isFirst ? TimeSpan.Zero : _lastLine;
            if (_hasBar)
            {
                Begin();
                _bar?.UpdateTarget(new Markup(BarOf(value)));
            }

            if (value.EpochResult is { } epoch)
            {
                _score = epoch.ValidationScore;
                Line(Finished(value, epoch), value);
            }
            else if (!_hasBar && value.Elapsed - _lastLine >= BetweenLines)
            {
                Line(Running(value), value);
            }

            if (value.EpochResult is not null && value.Epoch == value.Epochs)
            {
                End();
            }
        }
    }

    /// <summary>Takes the bar away and shows the cursor again.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            End();
        }
    }

    private static string Finished(TrainingProgress value, EpochResult epoch)
    {
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"epoch {epoch.Epoch}/{value.Epochs}  loss {epoch.Loss:G4}");
        if (epoch.Accuracy is { } accuracy)
        {
            line.Append(CultureInfo.InvariantCulture, $"  accuracy {accuracy:P1}");
        }

        if (epoch.ValidationLoss is { } loss)
        {
            line.Append(CultureInfo.InvariantCulture, $"  validation loss {loss:G4}");
        }

        if (epoch.ValidationScore is { } score)
        {
            line.Append(CultureInfo.InvariantCulture, $"  validation {Shown(score)}");
        }

        return line.Append(CultureInfo.InvariantCulture, $"  {epoch.Seconds:F1} s").ToString();
    }

    private static string Running(TrainingProgress value)
    {
        string left = Remaining(value) is { } time ? $"  {Short(time)} left" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {value.Epoch}/{value.Epochs}  batch {value.Batch}/{value.Batches}  loss {value.Loss:G4}  "
                + $"{value.SamplesPerSecond:N0} samples/s{left}");
    }

    /// <summary>How long the rest takes at the same rate; null before anything is known.</summary>
    private static TimeSpan? Remaining(TrainingProgress value)
    {
        double done = Done(value);
        return done > 0 ? value.Elapsed * ((1 - done) / done) : null;
    }

    private static double Done(TrainingProgress value)
        => Math.Clamp((value.Epoch - 1 + (value.Batch / (double)Math.Max(value.Batches, 1))) / Math.Max(value.Epochs, 1), 0, 1);

    private static string Shown(Score score) => score.Name == "accuracy"
        ? string.Create(CultureInfo.InvariantCulture, $"accuracy {score.Value:P1}")
        : score.ToString();

    private static string Short(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");

    private string BarOf(TrainingProgress value)
    {
        double done = Done(value);
        int width = Math.Clamp(_console.Profile.Width / 4, 5, WidestBar);
        int full = (int)Math.Round(done * width);
        string score = _score is null ? "" : $"  validation {Shown(_score)}";
        string text = string.Create(CultureInfo.InvariantCulture, $"  {done:P0}  {Running(value)}{score}");
        return $"[blue]{new string('━', full)}[/][grey]{new string('─', width - full)}[/]{Markup.Escape(text)}";
    }

    private void Line(string text, TrainingProgress value)
    {
        _lastLine = value.Elapsed;
        if (_hasBar)
        {
            _console.WriteLine(text.PadRight(_console.Profile.Width - 1)); // the bar that stood there was longer
        }
        else
        {
            _console.Profile.Out.Writer.WriteLine(text); // a file has no width at which lines would break
        }
    }

    private void Begin()
    {
        if (_live is not null)
        {
            return;
        }

        _end = new TaskCompletionSource();
        TaskCompletionSource<LiveDisplayContext> started = new();
        TaskCompletionSource end = _end;
        _live = Task.Run(() => _console.Live(Text.Empty).AutoClear(true).StartAsync(context =>
        {
            started.SetResult(context);
            return end.Task;
        }));
        Task.WaitAny(started.Task, _live);
        if (!started.Task.IsCompleted)
        {
            // Something else of the program draws there. A training does not end for that: lines will do.
            (_live, _hasBar) = (null, false);
            return;
        }

        _bar = started.Task.Result;
        Console.CancelKeyPress += OnCancelKey;
    }

    private void End()
    {
        if (_live is not null)
        {
            Console.CancelKeyPress -= OnCancelKey;
            _end!.SetResult();
            _live.Wait();
            (_live, _bar, _score) = (null, null, null);
        }
    }

    // A program that is ended by a key runs no Dispose, and its terminal would be left without a cursor.
    private void OnCancelKey(object? sender, ConsoleCancelEventArgs arguments) => _console.Cursor.Show(true);
}
