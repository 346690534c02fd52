using Microsoft.Extensions.Logging;

namespace TransferLearning.Cli;

/// <summary>Shows what the library logs as notes.</summary>
internal sealed class NoteLogger(Terminal terminal, LogLevel least) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            terminal.Note(formatter(state, exception));
        }
    }
}
