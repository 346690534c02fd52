using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Runs a network over one part of a data set and writes what it gives, in constant memory.</summary>
/// <param name="network">The network, on its device.</param>
/// <param name="device">Where it is.</param>
/// <param name="task">What it is for.</param>
/// <param name="preprocessor">How samples are preprocessed.</param>
/// <param name="options">What is written and how.</param>
internal sealed class Scorer(Network network, Device device, LearningTask task, Preprocessor preprocessor, ScoreOptions options)
{
    // The samples of so many batches are sorted by length together, and written in their own order when all are there.
    private const int Window = 50;

    /// <summary>What the values are.</summary>
    /// <exception cref="InvalidOperationException">The task predicts nothing of whole samples.</exception>
    public ScoreColumns Columns => (options.Content, task) switch
    {
        (ScoreContent.Features, _) => new ScoreColumns(options.Content, [], false),
        (_, Classification classes) => new ScoreColumns(options.Content, classes.ClassNames, true),
        (_, MultiLabelClassification labels) => new ScoreColumns(options.Content, labels.ClassNames, false),
        (_, Regression) => new ScoreColumns(options.Content, [], false),
        _ => throw new InvalidOperationException(
            $"A model for {task.Name} predicts nothing of whole samples. Score its features "
                + $"({nameof(ScoreOptions)}.{nameof(ScoreOptions.Content)}), or call its own verbs."),
    };

    /// <summary>Scores the samples from one number to another.</summary>
    /// <param name="dataset">The whole data set.</param>
    /// <param name="first">The first sample.</param>
    /// <param name="count">How many.</param>
    /// <param name="writer">Takes them in order.</param>
    /// <param name="progress">Receives the number of samples that are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>How many were written, and which were skipped.</returns>
    public (int Count, SkippedSamples Skipped) Run(
        Dataset dataset, int first, int count, ScoreWriter writer, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        network.eval();
        Dataset part = count == dataset.Count ? dataset : dataset.Subset([.. Enumerable.Range(first, count)]);
        LoaderOptions reading = LoaderOptions.Reading(options.BatchSize, options.Workers, options.OnBadSample);
        bool isSorted = preprocessor is PaddedPreprocessor;
        BatchLoader loader = new(part, preprocessor, isSorted ? reading with { BatchesSortedTogether = Window } : reading);

        // By the size of the whole and unmeasured, so that a sample gets the same numbers in whatever shard it is.
        using InferencePass form = new(
            network, device, options.Precision, options.Logger, dataset.Count, options.BatchSize, measures: false);
        using IDisposable guard = no_grad();
        List<ScoredSample> waiting = [];
        int done = 0;
        foreach (Batch batch in loader.Epoch(0, 0, cancellationToken))
        {
            using (batch)
            using (NewDisposeScope())
            {
                if (!isSorted || batch.Number % Window == 0)
                {
                    Flush();
                }

                float[] values = Values(form, batch).to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
                int width = values.Length / batch.Count;
                for (int row = 0; row < batch.Count; row++)
                {
                    int index = batch.Indices[row];
                    float[] own = values[(row * width)..((row + 1) * width)];
                    waiting.Add(
                        own.All(float.IsFinite)
                            ? new ScoredSample(first + index, part.NameOf(index), own)
                            : throw new InvalidOperationException(
                                $"The model gives NaN or infinity for sample {first + index}, '{part.NameOf(index)}': its weights or the "
                                    + "sample are not finite. Train again from sound weights with a smaller learning rate."));
                }

                done += batch.Count;
                progress?.Report(done);
            }
        }

        Flush();
        SkippedSamples skipped = loader.Skipped;
        return (done, skipped with { Samples = [.. skipped.Samples.Select(sample => sample with { Index = first + sample.Index })] });

        void Flush()
        {
            writer.Write([.. waiting.OrderBy(sample => sample.Index)]);
            waiting.Clear();
        }
    }

    private Tensor Values(InferencePass form, Batch batch)
    {
        if (options.Content == ScoreContent.Features)
        {
            Tensor pooled = form.Run(new FrozenPart(network), batch.Input);
            return pooled.dim() == 4 ? pooled.mean([2, 3]) : pooled;
        }

        Tensor outputs = form.Pass.Run(batch.Input).Outputs;
        return task.Probabilities(outputs) ?? outputs.view([batch.Count, -1]);
    }
}
