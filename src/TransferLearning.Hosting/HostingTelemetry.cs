using System.Diagnostics.Metrics;

namespace TransferLearning.Hosting;

/// <summary>What hosted models report to the diagnostics of .NET, from where OpenTelemetry takes it: the meter
/// <see cref="Name"/>.</summary>
/// <remarks>
/// Counters <c>transferlearning.hosting.requests</c> and <c>transferlearning.hosting.swaps</c> (tags <c>model</c> and <c>outcome</c>:
/// <c>ok</c>, <c>failed</c>, <c>rejected</c>, <c>cancelled</c>), up-down counter <c>transferlearning.hosting.queue_length</c>, histograms
/// <c>transferlearning.hosting.batch_size</c> and <c>transferlearning.hosting.request.duration</c> in seconds, from the queue to the
/// answer (tag <c>model</c>).
/// </remarks>
public static class HostingTelemetry
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "TransferLearning.Hosting";

    internal const string Ok = "ok";
    internal const string Failed = "failed";
    internal const string Rejected = "rejected";
    internal const string Cancelled = "cancelled";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("transferlearning.hosting.requests", "{request}");
    private static readonly Counter<long> Swaps = Meter.CreateCounter<long>("transferlearning.hosting.swaps", "{swap}");
    private static readonly UpDownCounter<int> Queue
        = Meter.CreateUpDownCounter<int>("transferlearning.hosting.queue_length", "{request}");

    private static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>("transferlearning.hosting.batch_size", "{request}");
    private static readonly Histogram<double> Duration
        = Meter.CreateHistogram<double>("transferlearning.hosting.request.duration", "s");

    internal static void Ended(string model, string outcome, TimeSpan duration)
    {
        Requests.Add(1, Of(model), new("outcome", outcome));
        if (outcome != Rejected)
        {
            Duration.Record(duration.TotalSeconds, Of(model));
        }
    }

    internal static void Swapped(string model, string outcome) => Swaps.Add(1, Of(model), new("outcome", outcome));

    internal static void Queued(string model, int more) => Queue.Add(more, Of(model));

    internal static void Batched(string model, int size) => BatchSize.Record(size, Of(model));

    private static KeyValuePair<string, object?> Of(string model) => new("model", model);
}
