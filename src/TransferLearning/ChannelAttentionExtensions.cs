namespace TransferLearning;

/// <summary>The verb that measures how much channels matter.</summary>
public static class ChannelAttentionExtensions
{
    /// <summary>
    /// Measures how much each channel of some layers matters to a task: by how much the loss rises when the channel is 0. For
    /// <see cref="Delta.Attention"/>, of a model whose new head was trained before (<c>Probe</c>). It runs the network once for each
    /// channel and batch, so some hundred samples are enough.
    /// </summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="dataset">Samples of the new task.</param>
    /// <param name="layers">The modules whose outputs are meant: <c>layer4.1.conv2</c>.</param>
    /// <param name="options">How samples are evaluated, of which batch size, workers, damaged samples and preprocessing are used; null
    /// means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <remarks>Li et al., "DELTA: Deep Learning Transfer Using Feature Map With Attention for Convolutional Networks" (2019). Theirs sets
    /// the filters of a convolution to 0, which is the same for a convolution without biases.</remarks>
    /// <exception cref="ArgumentException">There is no such layer, or an option cannot be used.</exception>
    public static ChannelAttention MeasureAttention(
        this TransferModel model, Dataset dataset, IReadOnlyList<string> layers, EvaluateOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(layers);
        options ??= new EvaluateOptions();
        EvaluateOptions unused = options with
        {
            BatchSize = 64,
            Workers = null,
            OnBadSample = BadSampleHandling.Throw,
            Preprocessor = null,
            Codec = null,
        };
        if (unused != new EvaluateOptions())
        {
            throw new ArgumentException(
                "Attention is measured with the batch size, workers, damaged samples and preprocessing of the options alone: leave the "
                    + "others out.",
                nameof(options));
        }

        using IDisposable use = model.Use();
        model.RequireTrainedHead();
        options = options.For(model);
        model.LearningTask.Check(dataset);
        ModelParts parts = model.Parts();
        NetworkLayers chosen = NetworkLayers.Named(parts.Network, layers);
        LearningTask task = parts.Task.ForEvaluation();
        LoaderOptions reading = LoaderOptions.Reading(options.BatchSize, options.Workers, options.OnBadSample);
        BatchLoader loader = new(parts.Matched(dataset), options.Preprocessor ?? parts.Preprocessor, reading, task);
        ForwardPass pass = new(parts.Network, parts.Device);
        double[]?[] rises = new double[]?[layers.Count];
        using IDisposable guard = no_grad();
        foreach (Batch batch in loader.Epoch(0, 0, cancellationToken))
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                (double whole, Tensor[] maps) = chosen.Watch(Loss);
                for (int i = 0; i < maps.Length; i++)
                {
                    rises[i] ??= new double[maps[i].size(1)];
                    for (int channel = 0; channel < rises[i]!.Length; channel++)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        using (chosen.Without(i, channel))
                        {
                            rises[i]![channel] += (Loss() - whole) * batch.Count;
                        }
                    }
                }

                double Loss()
                {
                    using DisposeScope step = NewDisposeScope();
                    return task.Compute(pass, batch).Loss.item<float>();
                }
            }
        }

        return new ChannelAttention(layers.Zip(rises).ToDictionary(
            entry => entry.First,
            entry => ChannelAttention.OfLosses(
                entry.Second ?? throw new ArgumentException($"There is no readable sample in {dataset}.", nameof(dataset)))));
    }
}
