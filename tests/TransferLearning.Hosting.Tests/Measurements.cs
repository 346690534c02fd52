using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace TransferLearning.Hosting.Tests;

/// <summary>What the meter of hosted models reported, as OpenTelemetry would get it.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly ConcurrentQueue<(string Name, double Value, string? Model, string? Outcome)> _all = [];
    private readonly MeterListener _listener = new();

    public Measurements()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == HostingTelemetry.Name)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public double Sum(string name, string? outcome = null) => Of(name, outcome).Sum();

    /// <summary>The values of an instrument, whose names all begin alike.</summary>
    public double[] Of(string name, string? outcome = null)
        => [.. _all.Where(one => one.Name == $"transferlearning.hosting.{name}" && one.Model == "emoji"
            && (outcome is null || one.Outcome == outcome)).Select(one => one.Value)];

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        => _all.Enqueue((instrument.Name, value, Tag("model", tags), Tag("outcome", tags)));

    private static string? Tag(string key, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (tag.Key == key)
            {
                return (string?)tag.Value;
            }
        }

        return null;
    }
}
