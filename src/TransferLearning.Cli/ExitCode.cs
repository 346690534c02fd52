namespace TransferLearning.Cli;

/// <summary>What the tool ends with.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The work failed; the message says why.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>Ctrl-C; what was best so far was kept.</summary>
    public const int Cancelled = 130;
}
