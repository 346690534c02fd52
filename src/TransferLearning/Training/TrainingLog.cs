namespace TransferLearning;

/// <summary>What a run writes to the caller's log.</summary>
internal static partial class TrainingLog
{
    [LoggerMessage(EventId = 100, Level = LogLevel.Information, Message = "Training {Parameters} of {AllParameters} parameters of "
        + "{Architecture} on {Samples} samples, {Epochs} epochs")]
    public static partial void Started(ILogger logger, long parameters, long allParameters, string architecture, int samples, int epochs);

    [LoggerMessage(EventId = 101, Level = LogLevel.Debug, Message = "Epoch {Epoch}, batch {Batch} of {Batches}: running loss {Loss}")]
    public static partial void Batch(ILogger logger, int epoch, int batch, int batches, double loss);

    [LoggerMessage(EventId = 102, Level = LogLevel.Information, Message = "Epoch {Epoch} of {Epochs}: loss {Loss}, accuracy {Accuracy}, "
        + "validation {ValidationScore}, {Seconds} s")]
    public static partial void Epoch(
        ILogger logger, int epoch, int epochs, double loss, double? accuracy, Score? validationScore, double seconds);

    [LoggerMessage(EventId = 103, Level = LogLevel.Information, Message = "{Reason} after {Epochs} epochs with the weights of epoch "
        + "{BestEpoch}, {Seconds} s")]
    public static partial void Finished(ILogger logger, StopReason reason, int epochs, int bestEpoch, double seconds);

    [LoggerMessage(EventId = 104, Level = LogLevel.Warning, Message = "{Note}")]
    public static partial void Note(ILogger logger, string note);

    [LoggerMessage(EventId = 107, Level = LogLevel.Information, Message = "{Phase}")]
    public static partial void Phase(ILogger logger, string phase);

    [LoggerMessage(EventId = 106, Level = LogLevel.Information, Message = "{Reason}")]
    public static partial void Planned(ILogger logger, string reason);

    [LoggerMessage(EventId = 105, Level = LogLevel.Information, Message = "The backbone is frozen and samples are preprocessed without "
        + "draws: their features, {Samples} in number, are computed once")]
    public static partial void Caching(ILogger logger, int samples);
}
