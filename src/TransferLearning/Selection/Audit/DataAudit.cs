namespace TransferLearning;

/// <summary>
/// Looks through a data set for what harms training and evaluation: wrong labels, duplicates, samples that are in the test set too, files
/// that cannot be read, and odd ones.
/// </summary>
public static class DataAudit
{
    /// <summary>Audits a data set by what its samples hold and by what a network sees in them. The model is not changed.</summary>
    /// <param name="model">The model whose backbone gives the features; its head plays no part.</param>
    /// <param name="dataset">The samples: images, texts or sounds. Damaged ones become findings.</param>
    /// <param name="options">What is looked for; null means the defaults.</param>
    /// <param name="progress">Receives how far each step is.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>; a cache keeps what was done.</param>
    /// <returns>The findings, kind by kind, the strongest first.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or there is no sample.</exception>
    public static AuditFindings Run(
        TransferModel model, Dataset dataset, AuditOptions? options = null, IProgress<AuditProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new AuditRun(model, dataset, options ?? new AuditOptions(), progress, cancellationToken).Run();
    }

    /// <summary>
    /// Audits a data set by what its samples hold alone: wrong labels, outliers and duplicates that only a network sees are not looked for.
    /// </summary>
    /// <param name="dataset">The samples: images, texts or sounds. Damaged ones become findings.</param>
    /// <param name="options">What is looked for; null means the defaults.</param>
    /// <param name="progress">Receives how far each step is.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The findings, kind by kind, the strongest first.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or there is no sample.</exception>
    public static AuditFindings Run(
        Dataset dataset, AuditOptions? options = null, IProgress<AuditProgress>? progress = null,
        CancellationToken cancellationToken = default)
        => new AuditRun(null, dataset, options ?? new AuditOptions(), progress, cancellationToken).Run();
}
