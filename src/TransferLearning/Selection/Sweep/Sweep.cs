namespace TransferLearning;

/// <summary>
/// Looks for the best way to train: runs trials over learning rates, recipes, regularisation or anything else that a function can change,
/// gives most of the time to those that do well early, and says in the end which to take and whether that is more than chance.
/// </summary>
/// <remarks>Trials are independent runs, each from its own model and for its own number of epochs, so that a schedule reaches its end in
/// each; where the backbone is frozen its features are computed once for all of them.</remarks>
public static class Sweep
{
    /// <summary>Runs a sweep.</summary>
    /// <param name="model">Makes the model that a trial begins with, always the same: <c>() =>
    /// Pretrained.ResNet18().ReplaceHead(10)</c>. The sweep disposes it.</param>
    /// <param name="train">The training samples.</param>
    /// <param name="validation">The samples by which trials are compared.</param>
    /// <param name="options">What is varied, and how much it may cost.</param>
    /// <param name="progress">Receives each trial that is done.</param>
    /// <param name="cancellationToken">Ends the sweep within a batch; the result, and the file, have the trials that are done.</param>
    /// <returns>A row for each trial, and a recommendation.</returns>
    /// <exception cref="ArgumentException">An option is wrong.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or of another sweep.</exception>
    /// <exception cref="IOException">The file cannot be written, or another process writes it.</exception>
    public static SweepResult Run(
        Func<TransferModel> model, Dataset train, Dataset validation, SweepOptions options, IProgress<SweepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        using SweepRun run = new(model, train, validation, options, progress);
        return run.Run(cancellationToken);
    }

    /// <summary>The same off the calling thread.</summary>
    /// <inheritdoc cref="Run"/>
    public static Task<SweepResult> RunAsync(
        Func<TransferModel> model, Dataset train, Dataset validation, SweepOptions options, IProgress<SweepProgress>? progress = null,
        CancellationToken cancellationToken = default)
        => Task.Factory.StartNew(
            () => Run(model, train, validation, options, progress, cancellationToken),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
}
