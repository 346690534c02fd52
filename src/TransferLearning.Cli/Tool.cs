using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;

namespace TransferLearning.Cli;

/// <summary>Runs one command line: signals, errors and exit codes.</summary>
internal static class Tool
{
    /// <summary>Runs the tool.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        ToolCommand root = new();
        try
        {
            ParseResult result = root.Parse(args);
            if (result.CommandResult.Command is ConfiguredCommand command && command.ConfigOf(result) is { } config)
            {
                result = root.Parse(RunConfig.Expand(config, command, result, args));
            }

            if (result.Errors.Count > 0 && result.Action is ParseErrorAction)
            {
                await result.InvokeAsync(new InvocationConfiguration { Output = Console.Error }).ConfigureAwait(false);
                return ExitCode.Usage;
            }

            using CancellationTokenSource source = new();
            using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
            using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
            InvocationConfiguration how = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await result.InvokeAsync(how, source.Token).ConfigureAwait(false);

            // The second one ends the process at once.
            void OnSignal(PosixSignalContext context)
            {
                if (!source.IsCancellationRequested)
                {
                    context.Cancel = true;
                    source.Cancel();
                }
            }
        }
        catch (Exception exception)
        {
            return Fail(exception, args.Contains(ToolCommand.VerboseName));
        }
    }

    private static int Fail(Exception exception, bool isVerbose)
    {
        Exception cause = exception is AggregateException { InnerExceptions: [var only] } ? only : exception;
        (int code, string text) = cause switch
        {
            OperationCanceledException => (ExitCode.Cancelled, "Cancelled."),
            UsageException => (ExitCode.Usage, cause.Message),
            TypeInitializationException { InnerException: { } inner } => (ExitCode.Failure, inner.Message),
            _ => (ExitCode.Failure, cause.Message),
        };
        Console.Error.WriteLine(isVerbose ? cause.ToString() : text);
        return code;
    }
}
