namespace TransferLearning;

/// <summary>
/// Helps to choose a pretrained network for a task: puts candidates into an order without fine-tuning them, by scores and small classifiers
/// on what their frozen backbones give for the samples, and says what that costs and what to do next.
/// </summary>
public static class ModelAdvisor
{
    /// <summary>Ranks candidates on a data set with one class for each sample. Their features are computed once each; candidates are made
    /// one after another, and those that are made here are disposed before the next.</summary>
    /// <param name="dataset">The samples, of which at most <see cref="ModelRankingOptions.SampleLimit"/> are looked at.</param>
    /// <param name="candidates">The models, of the samples' modality.</param>
    /// <param name="options">How many samples, validation, features, what is timed; null means the defaults.</param>
    /// <param name="progress">Receives which candidate is looked at and how far it is.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>; a feature cache keeps what was
    /// computed.</param>
    /// <returns>A row for each candidate, the most accurate probe first, and a recommendation.</returns>
    /// <exception cref="ArgumentException">There is no candidate, two have one name, or a candidate or an option does not fit the data:
    /// one class only, fewer samples than classes, another modality.</exception>
    /// <exception cref="InvalidOperationException">A candidate could not be made.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    public static ModelRanking Rank(
        Dataset dataset,
        IReadOnlyList<ModelCandidate> candidates,
        ModelRankingOptions? options = null,
        IProgress<ModelRankingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(candidates);
        options ??= new ModelRankingOptions();
        options.Validate();
        CheckNames(candidates);
        RankingData data = RankingData.Of(dataset, options);
        using DisposeScope scope = NewDisposeScope();
        List<RankedModel> rows = [];
        (RankedModel Row, ProbeRows Training, ProbeRows? Validation)? best = null;
        for (int i = 0; i < candidates.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int number = i + 1;
            string name = candidates[i].Name;
            CandidateRun run = new(candidates[i], data, options);
            (RankedModel Row, ProbeRows Training, ProbeRows? Validation) found = run.Run(
                done => progress?.Report(new ModelRankingProgress(number, candidates.Count, name, done, data.Sample.Count)),
                cancellationToken);
            rows.Add(found.Row);

            // The features of one candidate are kept, for the learning curve.
            bool isBetter = best is null || ModelRanking.Compare(found.Row, best.Value.Row) < 0;
            Free(isBetter ? best : found);
            best = isBetter ? found : best;
        }

        LearningCurve? curve = LearningCurve.Measure(
            best!.Value.Training, best.Value.Validation, best.Value.Row.ProbeStrength, options, cancellationToken);
        return new ModelRanking(rows, curve, data, options);
    }

    /// <summary>The same off the calling thread.</summary>
    /// <inheritdoc cref="Rank"/>
    public static Task<ModelRanking> RankAsync(
        Dataset dataset,
        IReadOnlyList<ModelCandidate> candidates,
        ModelRankingOptions? options = null,
        IProgress<ModelRankingProgress>? progress = null,
        CancellationToken cancellationToken = default)
        => Task.Factory.StartNew(
            () => Rank(dataset, candidates, options, progress, cancellationToken),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    private static void CheckNames(IReadOnlyList<ModelCandidate> candidates)
    {
        if (candidates.Count == 0)
        {
            throw new ArgumentException("There is no candidate to rank.", nameof(candidates));
        }

        if (candidates.GroupBy(candidate => candidate.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Two candidates are called '{twice.Key}': give each a name of its own.", nameof(candidates));
        }
    }

    private static void Free((RankedModel Row, ProbeRows Training, ProbeRows? Validation)? found)
    {
        foreach (ProbeRows? rows in new[] { found?.Training, found?.Validation })
        {
            rows?.Features.Dispose();
            rows?.Labels.Dispose();
        }
    }
}
