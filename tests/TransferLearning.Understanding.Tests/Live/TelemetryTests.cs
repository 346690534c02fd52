using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace TransferLearning.Tests;

public sealed class TelemetryTests
{
    private static readonly Dataset Images = SmallSets.Images(12, SmallSets.Colours);

    [Fact]
    public void Steps_samples_loss_and_predictions_are_measured_for_who_listens()
    {
        Dictionary<string, List<double>> seen = [];
        List<object?> architectures = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Telemetry.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory history = model.FineTune(Images, new Sgd(0.01), new FineTuneOptions { Epochs = 1, BatchSize = 5, Workers = 0 });
        model.Predict(SmallSets.Image(1, 1));
        Assert.Equal(history.Steps, seen["transferlearning.training.steps"].Sum());
        Assert.Equal(12, seen["transferlearning.training.samples"].Sum());
        Assert.Equal(3, seen["transferlearning.training.loss"].Count);
        Assert.All(seen["transferlearning.training.samples_per_second"], speed => Assert.True(speed > 0));
        Assert.Equal([1], seen["transferlearning.predictions"]);
        Assert.True(Assert.Single(seen["transferlearning.prediction.duration"]) > 0);
        Assert.All(architectures, architecture => Assert.Equal("resnet20", architecture));

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (!seen.TryGetValue(instrument.Name, out List<double>? values))
            {
                seen.Add(instrument.Name, values = []);
            }

            values.Add(value);
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                architectures.Add(tag.Value);
            }
        }
    }

    [Fact]
    public void Training_evaluation_and_prediction_are_activities()
    {
        List<(string Name, object? Samples)> ended = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => ended.Add((activity.OperationName, activity.GetTagItem("samples"))),
        };
        ActivitySource.AddActivityListener(listener);
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        model.FineTune(Images, new Sgd(0.01), new FineTuneOptions { Epochs = 1, Workers = 0, Validation = Images });
        model.Predict(SmallSets.Image(1, 1));
        Assert.Equal(
            [("transferlearning.evaluate", 12), ("transferlearning.fine_tune", 12), ("transferlearning.predict", (object)1)], ended);
    }

    [Fact]
    public void Nothing_is_made_while_nobody_listens()
    {
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Step()
        {
            for (int i = 0; i < 100; i++)
            {
                using Activity? activity = Telemetry.Begin("predict", 3);
                long since = Telemetry.Now();
                Telemetry.Step(32, 0.5);
                Telemetry.SamplesPerSecond(7);
                Telemetry.Predicted(1, "resnet20", since);
            }
        }
    }
}
