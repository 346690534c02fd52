using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace TransferLearning;

/// <summary>
/// What the library reports to the diagnostics of .NET, from where OpenTelemetry takes it: a meter and an activity source, both called
/// <see cref="Name"/>. While nobody listens nothing is measured.
/// </summary>
/// <remarks>
/// Counters <c>transferlearning.training.steps</c>, <c>transferlearning.training.samples</c>, <c>transferlearning.predictions</c>; gauges
/// <c>transferlearning.training.loss</c>, <c>transferlearning.training.samples_per_second</c>; histogram
/// <c>transferlearning.prediction.duration</c> in seconds a call. Activities <c>transferlearning.fine_tune</c>,
/// <c>transferlearning.evaluate</c>, <c>transferlearning.predict</c>. Tags, where they are known: <c>architecture</c>,
/// <c>samples</c>.
/// </remarks>
public static class Telemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "TransferLearning";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Steps = Meter.CreateCounter<long>("transferlearning.training.steps", "{step}");
    private static readonly Counter<long> Samples = Meter.CreateCounter<long>("transferlearning.training.samples", "{sample}");
    private static readonly Gauge<double> Loss = Meter.CreateGauge<double>("transferlearning.training.loss");
    private static readonly Gauge<double> Speed = Meter.CreateGauge<double>("transferlearning.training.samples_per_second", "{sample}/s");
    private static readonly Counter<long> Predictions = Meter.CreateCounter<long>("transferlearning.predictions", "{prediction}");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("transferlearning.prediction.duration", "s");

    /// <summary>Begins an activity; null while nobody listens.</summary>
    internal static Activity? Begin(string what, int samples)
        => Source.HasListeners() ? Source.StartActivity($"transferlearning.{what}")?.SetTag("samples", samples) : null;

    /// <summary>Reports an optimizer step.</summary>
    /// <param name="samples">How many samples it had.</param>
    /// <param name="loss">Its mean loss; null where it is not known yet.</param>
    internal static void Step(long samples, double? loss)
    {
        Steps.Add(1);
        Samples.Add(samples);
        if (loss is { } number && Loss.Enabled)
        {
            Loss.Record(number);
        }
    }

    /// <summary>Reports how fast training is.</summary>
    internal static void SamplesPerSecond(double speed) => Speed.Record(speed);

    /// <summary>When a call begins: 0 while nobody listens.</summary>
    internal static long Now() => Duration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Reports a call that predicted.</summary>
    /// <param name="count">For how many inputs.</param>
    /// <param name="architecture">By which network.</param>
    /// <param name="since">What <see cref="Now"/> gave before.</param>
    internal static void Predicted(long count, string architecture, long since)
    {
        if (Predictions.Enabled)
        {
            Predictions.Add(count, new KeyValuePair<string, object?>("architecture", architecture));
        }

        if (since != 0)
        {
            Duration.Record(
                Stopwatch.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("architecture", architecture));
        }
    }
}
