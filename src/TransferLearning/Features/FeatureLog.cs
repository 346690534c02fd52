namespace TransferLearning;

/// <summary>What the work on features writes to the caller's log.</summary>
internal static partial class FeatureLog
{
    [LoggerMessage(EventId = 110, Level = LogLevel.Information, Message = "Features of {Samples} samples: {Known} from the cache, "
        + "{Missing} to compute")]
    public static partial void Found(ILogger logger, int samples, int known, int missing);

    [LoggerMessage(EventId = 111, Level = LogLevel.Warning, Message = "Features are computed again: {Problem}")]
    public static partial void Damaged(ILogger logger, string problem);

    [LoggerMessage(EventId = 112, Level = LogLevel.Warning, Message = "Features could not be stored in '{Folder}' and stay in memory: "
        + "{Problem}")]
    public static partial void NotStored(ILogger logger, string folder, string problem);

    [LoggerMessage(EventId = 113, Level = LogLevel.Warning, Message = "Features would take {Bytes} bytes and {Name} allows {Limit}, so "
        + "they are not kept; raise it, or give the cache a folder")]
    public static partial void TooLarge(ILogger logger, long bytes, string name, long limit);

    [LoggerMessage(EventId = 114, Level = LogLevel.Information, Message = "Deleted '{File}' from the feature cache to make room")]
    public static partial void Evicted(ILogger logger, string file);
}
