namespace TransferLearning;

/// <summary>The verbs that fit a model to data of another kind without labels.</summary>
public static class DomainAdaptationExtensions
{
    /// <summary>
    /// Gives the batch norms the statistics of other samples, without labels and without training: AdaBN (Li et al., "Revisiting Batch
    /// Normalization for Practical Domain Adaptation", 2016). On the training samples it is what an average of weights needs (PyTorch's
    /// <c>update_bn</c>, but that dropout is off).
    /// </summary>
    /// <param name="model">The model; only running means and variances change.</param>
    /// <param name="dataset">The samples, hundreds at least; their classes play no part.</param>
    /// <param name="options">Batch size, share, preprocessing; null means the defaults.</param>
    /// <param name="progress">Receives the number of samples that are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/> and the model as it was.</param>
    /// <exception cref="InvalidOperationException">The network has no batch norms.</exception>
    /// <exception cref="ArgumentException">An option cannot be used, or there is no readable sample.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    public static T AdaptBatchNorms<T>(
        this T model, Dataset dataset, BatchNormOptions? options = null, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
        where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dataset);
        using IDisposable use = model.Use();
        options ??= new BatchNormOptions();
        LoaderOptions reading = LoaderOptions.Reading(options.BatchSize, options.Workers, options.OnBadSample) with
        {
            Shuffle = true,
            Seed = options.Seed,
            SmallestBatch = Math.Min(2, options.BatchSize),
        };
        Preprocessor preprocessor = model.Decoding(model.Fitting(options.Preprocessor) ?? model.Preprocessor, options.Codec);
        BatchLoader loader = new(dataset, preprocessor, reading, new FeatureExtraction());
        BatchNormUpdate.Run(model.Module, new ForwardPass(model.Module, model.Device), loader, options.Share, progress, cancellationToken);
        return model;
    }
}
