using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>Runs a network over inputs that have no targets and turns its outputs into predictions.</summary>
/// <param name="network">The network, on its device, in evaluation mode.</param>
/// <param name="device">Where it is.</param>
/// <param name="architecture">Its name, for errors.</param>
/// <param name="task">What it is for.</param>
/// <param name="preprocessor">How inputs are preprocessed.</param>
internal sealed partial class Predictor(Network network, Device device, string architecture, LearningTask task, Preprocessor preprocessor)
{
    /// <summary>Gives the form in which the network runs. Default: as it is.</summary>
    public Func<ForwardPass> Pass { get; init; } = () => new ForwardPass(network, device);

    /// <summary>Predicts classes, or how likely each of several labels is, for each input; null for one that was skipped.</summary>
    /// <exception cref="InvalidOperationException">The task has no classes of whole inputs, or an output is NaN or infinite.</exception>
    public IReadOnlyList<Prediction?> Classes(Dataset inputs, PredictOptions options, CancellationToken cancellationToken)
    {
        if (task is not (Classification or MultiLabelClassification))
        {
            throw new InvalidOperationException(
                $"This {architecture} is for {task.Name}, and does not predict classes of whole inputs: call ReplaceHead(classes) and "
                    + "train it, or load weights with such a head.");
        }

        IReadOnlyList<string> names = ((ClassTask)task).ClassNames;
        float[]?[] scores = Outputs(
            inputs, options, (pass, batch) => task.Probabilities(pass.Run(batch.Input).Outputs.to(ScalarType.Float32))!, cancellationToken);
        return [.. scores.Select((row, i) => row is null ? null : new Prediction(inputs.NameOf(i), row, names))];
    }

    /// <summary>Predicts the number of a sample.</summary>
    /// <exception cref="InvalidOperationException">The task is not regression, or the output is NaN or infinite.</exception>
    public double Number(Sample sample)
    {
        if (task is not Regression)
        {
            throw new InvalidOperationException($"This model is for {task.Name}; call Predict, or For(new Regression()) before training.");
        }

        return Outputs(
            new InputDataset([sample.Name], [sample]),
            new PredictOptions(),
            (pass, batch) => pass.Run(batch.Input).Outputs,
            default)[0]![0];
    }

    /// <summary>Runs the network and gives each input's own outputs, in order; null for one that was skipped.</summary>
    public float[]?[] Outputs(
        Dataset inputs, PredictOptions options, Func<ForwardPass, Batch, Tensor> run, CancellationToken cancellationToken)
    {
        using Activity? activity = Telemetry.Begin("predict", inputs.Count)?.SetTag("architecture", architecture);
        long since = Telemetry.Now();
        ForwardPass plain = options.Adaptation is null ? Pass() : new ForwardPass(network, device); // whose weights move
        if (options is { Augmentation: not null, Adaptation: not null })
        {
            throw new ArgumentException(
                $"{nameof(options.Adaptation)} adapts to the inputs as they are, and {nameof(options.Augmentation)} makes others of them: "
                    + "leave one of them out.",
                nameof(options));
        }

        using EntropyAdapter? adapter = options.Adaptation?.Begin(network, task);
        ForwardPass pass = adapter?.Over(plain) ?? options.Augmentation?.Over(plain, task, preprocessor) ?? plain;
        int? workers = options.Workers ?? (inputs.Count == 1 ? 0 : null); // one input is read here, sooner than a worker would begin
        LoaderOptions reading = LoaderOptions.Reading(options.BatchSize, workers, options.OnBadSample);
        BatchLoader loader = new(inputs, preprocessor, options.Adaptation?.Reading(reading) ?? reading);
        float[]?[] all = new float[]?[inputs.Count];
        try
        {
            using IDisposable guard = adapter is null ? inference_mode() : no_grad();
            foreach (Batch batch in loader.Epoch(0, 0, cancellationToken))
            {
                using (batch)
                using (DisposeScope scope = NewDisposeScope())
                {
                    float[] numbers = run(pass, batch).to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
                    int each = numbers.Length / batch.Count;
                    for (int row = 0; row < batch.Count; row++)
                    {
                        all[batch.Indices[row]] = numbers[(row * each)..((row + 1) * each)];
                    }
                }
            }
        }
        catch (SampleLoadException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException!);
        }

        Telemetry.Predicted(inputs.Count - loader.Skipped.Count, architecture, since);
        foreach (SkippedSample skipped in loader.Skipped.Samples)
        {
            Skipping(options.Logger ?? NullLogger.Instance, skipped.Name, skipped.Reason);
        }

        return all.All(row => row is null || Array.TrueForAll(row, float.IsFinite))
            ? all
            : throw new InvalidOperationException(
                $"{architecture} gives NaN or infinity: its weights or the inputs are not finite. Train again from sound weights with a "
                    + "smaller learning rate.");
    }

    [LoggerMessage(EventId = 120, Level = LogLevel.Warning, Message = "'{Name}' was skipped: {Reason}")]
    private static partial void Skipping(ILogger logger, string name, string reason);
}
