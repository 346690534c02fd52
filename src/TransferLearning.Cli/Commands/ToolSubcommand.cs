using System.CommandLine;

namespace TransferLearning.Cli;

/// <summary>A command of the tool.</summary>
internal abstract class ToolSubcommand : Command
{
    private protected ToolSubcommand(string name, string description)
        : base(name, description)
        => SetAction((result, cancellationToken) =>
        {
            Terminal terminal = new(result.GetValue(ToolCommand.Json), result.GetValue(ToolCommand.Verbose));

            // Off this thread, which waits for the result and not for signals.
            return Task.Factory.StartNew(
                () => Run(result, terminal, cancellationToken),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        });

    /// <summary>Does the work.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    private protected abstract int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken);
}
