namespace TransferLearning;

/// <summary>A measure and how far it would move on other samples of the same kind.</summary>
/// <param name="Value">The measure on the samples themselves.</param>
/// <param name="Lower">The lower bound.</param>
/// <param name="Upper">The upper bound.</param>
/// <param name="Confidence">With which probability the interval shall hold.</param>
/// <param name="Resamples">How many resamples the bounds are percentiles of.</param>
/// <param name="Undefined">How many more had no such measure, for example because a class was missing; they are left out.</param>
public sealed record BootstrapInterval(double Value, double Lower, double Upper, double Confidence, int Resamples, int Undefined)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Value:F4} ({Lower:F4} to {Upper:F4} at {Confidence:P0}{(Undefined == 0 ? "" : $", {Undefined} resamples without")})");
}
