namespace TransferLearning;

/// <summary>What inference forms write to the caller's log.</summary>
internal static partial class InferenceLog
{
    [LoggerMessage(EventId = 200, Level = LogLevel.Warning, Message = "The faster form of {Network} in {Precision} is not used: for "
        + "{Kind} {Reason}; {Instead} answers")]
    public static partial void NotTrusted(ILogger logger, Precision precision, string network, string kind, string reason, string instead);

    [LoggerMessage(EventId = 201, Level = LogLevel.Information, Message = "{Network} runs in float32: {Precision} is not to be had on "
        + "this machine")]
    public static partial void NotServed(ILogger logger, string network, Precision precision);

    [LoggerMessage(EventId = 202, Level = LogLevel.Information, Message = "{Network} runs in int8: what it gives for the first batch "
        + "differs from float32 by {Difference:G3} of its norm at most")]
    public static partial void Quantized(ILogger logger, string network, double difference);

    [LoggerMessage(EventId = 203, Level = LogLevel.Information, Message = "{Network} runs as {Form}: for {Kind}, {Why}")]
    public static partial void Chosen(ILogger logger, string network, string form, string kind, string why);

    /// <summary>Says that a form is taken which <see cref="MeasuredForms"/> remembers.</summary>
    public static void Remembered(ILogger logger, string network, string form, string kind)
        => Chosen(logger, network, form, kind, "which was the fastest when it was measured on this machine");
}
