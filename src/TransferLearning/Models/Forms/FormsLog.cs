namespace TransferLearning;

/// <summary>What the record of measured forms writes to a log.</summary>
internal static partial class FormsLog
{
    [LoggerMessage(EventId = 204, Level = LogLevel.Warning, Message = "'{Path}' is left alone, so which form is the fastest is measured "
        + "again in each process: {Fault}. Delete it to have it made anew")]
    public static partial void NotRead(ILogger logger, string path, string fault);

    [LoggerMessage(EventId = 205, Level = LogLevel.Information, Message = "Which form is the fastest is remembered for this process alone: "
        + "{Fault}")]
    public static partial void NotKept(ILogger logger, string fault);
}
