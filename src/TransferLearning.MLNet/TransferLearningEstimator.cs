using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace TransferLearning.MLNet;

/// <summary>Trains a pretrained network on the rows of an <see cref="IDataView"/>: what
/// <c>mlContext.MulticlassClassification.Trainers.TransferLearning(…)</c> gives.</summary>
public sealed class TransferLearningEstimator : IEstimator<TransferLearningTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly TransferLearningOptions _options;

    internal TransferLearningEstimator(IHostEnvironment environment, TransferLearningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options.Model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize);
        if (options is { FineTuning: not null, Optimizer: null })
        {
            throw new ArgumentException(
                $"{nameof(options.FineTuning)} is for gradient descent: set {nameof(options.Optimizer)} too, or leave it out.",
                nameof(options));
        }

        if (options is { ValidationSet: not null } and not { FineTuning.Validation: null })
        {
            throw new ArgumentException(
                $"{nameof(options.ValidationSet)} is for gradient descent: set {nameof(options.Optimizer)} and "
                    + $"{nameof(options.FineTuning)}, whose {nameof(FineTuneOptions.Validation)} stays empty, or leave it out.",
                nameof(options));
        }

        (_environment, _options) = (environment, options);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (string? name in new[] { _options.FeatureColumnName, _options.LabelColumnName, _options.PairColumnName })
        {
            if (name is not null && inputSchema.All(column => column.Name != name))
            {
                throw new ArgumentException(
                    $"There is no column '{name}'; the data have {string.Join(", ", inputSchema.Select(column => $"'{column.Name}'"))}.");
            }
        }

        string[] made = [_options.ScoreColumnName, _options.PredictedLabelColumnName];
        return new SchemaShape(
        [
            .. inputSchema.Where(column => !made.Contains(column.Name)),
            ModelZip.Column(made[0], SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, "SlotNames"),
            ModelZip.Column(made[1], SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true, "KeyValues"),
        ]);
    }

    /// <summary>Trains the network.</summary>
    /// <param name="input">The rows. Texts, images and bytes are kept in memory while it trains; of paths only the paths.</param>
    /// <returns>What predicts; it owns the model, and the caller disposes it.</returns>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or a row has no label.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before there was a result.</exception>
    public TransferLearningTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _environment.Start(nameof(TransferLearning));
        TransferModel model = _options.Model();
        try
        {
            using RowDataset dataset = RowDataset.Read(input, _options, model is TextModel);
            model = model.ReplaceHead(dataset.ClassNames.Count);
            channel.Info(
                MessageSensitivity.None,
                $"{model.Architecture}: training on {dataset.Count} rows of {dataset.ClassNames.Count} classes begins.");
            Train(model, dataset, channel);
            return new TransferLearningTransformer(_environment, model, _options with { Model = null!, ValidationSet = null });
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private void Train(TransferModel model, Dataset dataset, IChannel channel)
    {
        if (_options.Optimizer is null)
        {
            Lines<int> lines = new(channel, done => $"Features of {done} rows.");
            channel.Info(
                MessageSensitivity.None, $"{model.Probe(dataset, _options.Probe, null, lines, _options.CancellationToken)}");
            return;
        }

        Lines<TrainingProgress> progress = new(
            channel,
            report => string.Create(
                CultureInfo.InvariantCulture,
                $"Epoch {report.Epoch} of {report.Epochs}, batch {report.Batch} of {report.Batches}: loss {report.Loss:G4}, "
                    + $"{report.SamplesPerSecond:F0} samples/s{Validated(report.EpochResult?.ValidationScore)}."));
        using RowDataset? validation = _options.ValidationSet is { } rows ? RowDataset.Read(rows, _options, model is TextModel) : null;
        FineTuneOptions? fineTuning = validation is null ? _options.FineTuning : _options.FineTuning! with { Validation = validation };
        TrainingHistory history = model.FineTune(dataset, _options.Optimizer, fineTuning, null, progress, _options.CancellationToken);
        channel.Info(MessageSensitivity.None, $"Training ended after {history.Epochs.Count} epochs: {history.StopReason}.");
        if (history.Steps == 0)
        {
            _options.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static string Validated(Score? score)
        => score is null ? "" : string.Create(CultureInfo.InvariantCulture, $", validation {score.Name} {score.Value:G4}");

    private sealed class Lines<T>(IChannel channel, Func<T, string> line) : IProgress<T>
    {
        public void Report(T value) => channel.Info(MessageSensitivity.None, line(value));
    }
}
