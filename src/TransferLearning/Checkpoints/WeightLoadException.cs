namespace TransferLearning;

/// <summary>A checkpoint does not fit the model. Nothing was written to any target.</summary>
public sealed class WeightLoadException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="report">Which names fit and which do not.</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    public WeightLoadException(WeightLoadReport report, string remedy)
        : base($"The weights do not fit the model; nothing was changed. {remedy}\n{report}")
    {
        ArgumentNullException.ThrowIfNull(report);
        Report = report;
    }

    /// <summary>Which names fit and which do not.</summary>
    public WeightLoadReport Report { get; }
}
