namespace TransferLearning.Reports;

/// <summary>From a score to its reasons in one call.</summary>
public static class ReportExtensions
{
    /// <summary>
    /// Evaluates a model, shows its worst mistakes and what in them made the model err, audits the samples, maps their features, and puts
    /// it all together with the training's history.
    /// </summary>
    /// <param name="model">The model, which is not changed.</param>
    /// <param name="dataset">The samples to evaluate on.</param>
    /// <param name="options">History, training samples, what is left out; null means the defaults.</param>
    /// <param name="progress">Receives what is being done, a few words each.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The classes cannot be matched, an option is wrong, or there is no readable sample.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The weights came without a head, and it has not been trained.</exception>
    public static ModelReport CreateReport(
        this TransferModel model, Dataset dataset, ReportOptions? options = null, IProgress<string>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dataset);
        options ??= new ReportOptions();
        options.Validate();
        using FeatureCache? own = options.FeatureCache is null ? new FeatureCache() : null;
        return new ReportBuilder(model, dataset, options, options.FeatureCache ?? own!, progress, cancellationToken).Build();
    }

    /// <summary>The same, written to a file or folder (<see cref="ModelReport.Save"/>).</summary>
    /// <param name="model">The model, which is not changed.</param>
    /// <param name="path">The file, whose ending says in which form: <c>.html</c>, <c>.md</c>, <c>.json</c>; without an ending a folder for
    /// all of them and the plots.</param>
    /// <param name="dataset">The samples to evaluate on.</param>
    /// <param name="options">History, training samples, what is left out; null means the defaults.</param>
    /// <param name="progress">Receives what is being done, a few words each.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The report.</returns>
    /// <inheritdoc cref="CreateReport" path="/exception|/remarks"/>
    public static ModelReport WriteReport(
        this TransferModel model, string path, Dataset dataset, ReportOptions? options = null, IProgress<string>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelReport report = model.CreateReport(dataset, options, progress, cancellationToken);
        report.Save(path);
        return report;
    }
}
