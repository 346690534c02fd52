namespace TransferLearning;

public sealed partial class TransferModel
{
    /// <summary>
    /// Trains for some steps while the learning rate climbs, to show which rates the task bears, and puts everything back as it was, bit for
    /// bit: weights, statistics, LibTorch's random generator. The optimiser given is not changed: it is data.
    /// </summary>
    /// <param name="dataset">The training samples.</param>
    /// <param name="optimizer">The rule to find a rate for; its own rate plays no part.</param>
    /// <param name="options">The range of rates, and how training will be; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the search; everything is put back then too.</param>
    /// <returns>The loss at each rate, and suggestions.</returns>
    /// <exception cref="ArgumentException">The head does not fit the data set's classes, nothing is trainable, or an option is wrong.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public LearningRateCurve FindLearningRate(
        Dataset dataset, Optimizer optimizer, LearningRateFinderOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new LearningRateFinderOptions();
        options.Validate();
        FineTuneOptions training = Checked(dataset, optimizer, options.Training with { Checkpoints = null }, null);
        ISampleTransform transform = training.Transform ?? DefaultTransform;
        BatchLoader loader = new(dataset, transform, Reading(training));
        using ChannelsLast? layout = UsesChannelsLast(training) ? new ChannelsLast(Module) : null;
        TrainingTask task = TaskOnPictures(dataset, transform, training, layout);
        return LearningRateFinder.Run(task, new LoaderBatches(loader), optimizer, options, cancellationToken);
    }

    /// <inheritdoc cref="FindLearningRate"/>
    public Task<LearningRateCurve> FindLearningRateAsync(
        Dataset dataset, Optimizer optimizer, LearningRateFinderOptions? options = null, CancellationToken cancellationToken = default)
        => Task.Factory.StartNew(
            () => FindLearningRate(dataset, optimizer, options, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
