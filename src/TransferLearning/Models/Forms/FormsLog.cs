namespace TransferLearning;

/// <summary>What measured forms write to a log.</summary>
internal static partial class FormsLog
{
    [LoggerMessage(EventId = 204, Level = LogLevel.Warning, Message = "'{Path}' is left alone, so which form is the fastest is measured "
        + "again in each process: {Fault}. Delete it to have it made anew")]
    public static partial void NotRead(ILogger logger, string path, string fault);

    [LoggerMessage(EventId = 205, Level = LogLevel.Information, Message = "Which form is the fastest is remembered for this process alone: "
        + "{Fault}")]
    public static partial void NotKept(ILogger logger, string fault);

    [LoggerMessage(EventId = 206, Level = LogLevel.Information, Message = "{Network} writes with its weights in {Precision}")]
    public static partial void Narrow(ILogger logger, string network, Precision precision);

    [LoggerMessage(EventId = 207, Level = LogLevel.Information, Message = "{Network} writes with its weights in float32: with those in "
        + "{Precision} it would not be faster on this machine")]
    public static partial void NotNarrow(ILogger logger, string network, Precision precision);

    [LoggerMessage(EventId = 208, Level = LogLevel.Warning, Message = "A weight of {Network}, {Shape}, stays float32 and is not copied in "
        + "{Precision}: {Reason}")]
    public static partial void NotCopied(ILogger logger, Precision precision, string network, string shape, string reason);
}
