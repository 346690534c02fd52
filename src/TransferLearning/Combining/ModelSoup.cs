namespace TransferLearning;

/// <summary>
/// The mean of the weights of several models that were fine-tuned from the same start, with other seeds, rates or augmentation: often
/// better than the best of them, and no slower than one (Wortsman et al., "Model Soups: Averaging Weights of Multiple Fine-Tuned Models
/// Improves Accuracy without Increasing Inference Time", 2022).
/// </summary>
public static class ModelSoup
{
    /// <summary>Averages those of some saved models that do not make the mean worse: in the order of their scores, each is tried, and stays
    /// if the mean with it scores at least as well as the best so far.</summary>
    /// <param name="paths">What <see cref="TransferModel.Save"/> wrote, at least one, all of the same network and classes.</param>
    /// <param name="validation">Samples that none was trained on; scores, or losses for a task without, are of these.</param>
    /// <param name="options">How they are evaluated; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The model and how it came about; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no path, or the models differ in network or classes.</exception>
    /// <exception cref="InvalidDataException">A file is no saved model.</exception>
    public static SoupResult Greedy(
        IReadOnlyList<string> paths, Dataset validation, SoupOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(validation);
        options ??= new SoupOptions();
        TransferModel soup = First(paths);
        try
        {
            using WeightMean mean = new();
            EvaluationResult?[] alone = new EvaluationResult?[paths.Count], mixed = new EvaluationResult?[paths.Count];
            GreedySoup chosen = GreedySoup.Choose(
                paths.Count,
                candidate =>
                {
                    using TransferModel model = Another(soup, paths[candidate]);
                    alone[candidate] = mixed[candidate] = model.Evaluate(validation, options.Evaluation, null, cancellationToken);
                    return alone[candidate]!.Quality;
                },
                candidate =>
                {
                    using TransferModel model = Another(soup, paths[candidate]);
                    mean.CopyTo(soup.Module.State(), model.Module.State());
                    mixed[candidate] = Evaluated(soup, validation, options, cancellationToken);
                    return mixed[candidate]!.Quality;
                },
                candidate =>
                {
                    using TransferModel model = Another(soup, paths[candidate]);
                    mean.Add(model.Module.State());
                });
            mean.CopyTo(soup.Module.State());
            EvaluationResult reached = Evaluated(soup, validation, options, cancellationToken);
            SoupTrial[] trials =
                [.. chosen.Order.Select(i => new SoupTrial(paths[i], alone[i]!, mixed[i]!, chosen.Members.Contains(i)))];
            return new SoupResult(soup, trials, reached);
        }
        catch
        {
            soup.Dispose();
            throw;
        }
    }

    /// <summary>Averages saved models, each counted alike.</summary>
    /// <param name="paths">What <see cref="TransferModel.Save"/> wrote, at least one, all of the same network and classes.</param>
    /// <param name="options">Where batch norms take their statistics from; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no path, or the models differ in network or classes.</exception>
    /// <exception cref="InvalidDataException">A file is no saved model.</exception>
    public static TransferModel Uniform(
        IReadOnlyList<string> paths, SoupOptions? options = null, CancellationToken cancellationToken = default)
    {
        TransferModel soup = First(paths);
        try
        {
            using WeightMean mean = new();
            foreach (string path in paths)
            {
                using TransferModel model = Another(soup, path);
                mean.Add(model.Module.State());
            }

            mean.CopyTo(soup.Module.State());
            TakeStatistics(soup, options ?? new SoupOptions(), cancellationToken);
            return soup;
        }
        catch
        {
            soup.Dispose();
            throw;
        }
    }

    private static TransferModel First(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return paths.Count > 0
            ? TransferModel.Load(paths[0]).WithScaling(null)
            : throw new ArgumentException("There is no saved model to average.", nameof(paths));
    }

    private static TransferModel Another(TransferModel first, string path)
    {
        TransferModel model = TransferModel.Load(path);
        try
        {
            SameNetworks.Require(first, model, $"'{path}'");
            return model.WithScaling(null);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static EvaluationResult Evaluated(
        TransferModel soup, Dataset validation, SoupOptions options, CancellationToken cancellationToken)
    {
        TakeStatistics(soup, options, cancellationToken);
        return soup.Evaluate(validation, options.Evaluation, null, cancellationToken);
    }

    private static void TakeStatistics(TransferModel soup, SoupOptions options, CancellationToken cancellationToken)
    {
        if (options.BatchNormSamples is { } samples)
        {
            soup.AdaptBatchNorms(samples, options.BatchNorms, null, cancellationToken);
        }
    }
}
