namespace TransferLearning;

/// <summary>Active learning: which samples of a pool a person should label next.</summary>
public static class ActiveSelection
{
    /// <summary>Chooses by what a model says of a pool, or sees in it.</summary>
    /// <param name="model">The model, trained on what has labels so far. For <see cref="ActiveStrategy.CoreSet"/> its head plays no
    /// part.</param>
    /// <param name="pool">All samples, with and without labels; what labels the set gives them plays no part.</param>
    /// <param name="count">How many to choose.</param>
    /// <param name="strategy">By what. Default: the margin.</param>
    /// <param name="options">Which samples have labels already, and how features are computed; null means none, and the usual
    /// options.</param>
    /// <param name="progress">Receives how many samples were computed.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>; a cache keeps what was done.</param>
    /// <returns>Numbers of samples of the pool for <see cref="Dataset.Subset"/>, the most worth labelling first.</returns>
    /// <exception cref="ArgumentException">There are not so many readable samples without labels, or the model predicts no
    /// classes.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    public static IReadOnlyList<int> Next(
        TransferModel model, Dataset pool, int count, ActiveStrategy strategy = ActiveStrategy.Margin, ActiveOptions? options = null,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pool);
        options ??= new ActiveOptions();
        FeatureOptions reading = options.Features;
        HashSet<int> labelled = [.. options.Labelled];
        if (labelled.Any(sample => (uint)sample >= (uint)pool.Count))
        {
            throw new ArgumentException($"A labelled sample is none of the pool's {pool.Count}.", nameof(options));
        }

        if (strategy == ActiveStrategy.CoreSet)
        {
            using FeatureSet features = model.ExtractFeatures(pool, reading, progress, cancellationToken);
            return InPool(features.Indices, known => CoreSet.KCentre(features.Features, known, count, cancellationToken).Order);
        }

        if (model.LearningTask is not Classification || reading.Communicator is not null)
        {
            throw new ArgumentException(
                model.LearningTask is Classification
                    ? $"Samples are chosen in one process: leave {nameof(FeatureOptions.Communicator)} out."
                    : $"{strategy} goes by probabilities of classes, and this model is for {model.LearningTask.Name}: use "
                        + $"{nameof(ActiveStrategy.CoreSet)}.",
                nameof(options));
        }

        EvaluateOptions evaluation = EvaluateOptions.Reading(reading) with { Samples = SampleDetail.Outputs };
        Dataset unlabelled = new RelabelledDataset(pool, model.ClassNames, _ => 0); // an evaluation wants targets; these are not looked at
        SamplePredictions said = model.Evaluate(unlabelled, evaluation, progress, cancellationToken).Samples!;
        double[,] probabilities = new double[said.Count, said.Width];
        for (int row = 0; row < said.Count; row++)
        {
            double[] own = said.ProbabilitiesOf(row);
            for (int label = 0; label < own.Length; label++)
            {
                probabilities[row, label] = own[label];
            }
        }

        return InPool(said.Indices, known => Next(probabilities, known, count, strategy));

        // Rows are the samples that could be read.
        IReadOnlyList<int> InPool(IReadOnlyList<int> indices, Func<int[], IReadOnlyList<int>> choose)
        {
            int[] known = [.. Enumerable.Range(0, indices.Count).Where(row => labelled.Contains(indices[row]))];
            return [.. choose(known).Select(row => indices[row])];
        }
    }

    /// <summary>Chooses by predictions: <see cref="ActiveStrategy.Margin"/> or <see cref="ActiveStrategy.Entropy"/>.</summary>
    /// <param name="probabilities">[samples, classes] of the whole pool.</param>
    /// <param name="labelled">The samples that have labels already; they are not chosen.</param>
    /// <param name="count">How many to choose.</param>
    /// <param name="strategy">By what.</param>
    /// <returns>The most uncertain samples, the most uncertain first; equal ones by number.</returns>
    /// <exception cref="ArgumentException">There are not so many samples without labels, or the strategy is not by predictions.</exception>
    public static IReadOnlyList<int> Next(
        double[,] probabilities, IReadOnlyCollection<int> labelled, int count, ActiveStrategy strategy = ActiveStrategy.Margin)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labelled);
        HashSet<int> known = [.. labelled];
        double[] certainty = strategy switch
        {
            ActiveStrategy.Margin => CoreSet.Margins(probabilities),
            ActiveStrategy.Entropy => NegativeEntropies(probabilities),
            _ => throw new ArgumentException(
                $"{strategy} needs features: call {nameof(CoreSet)}.{nameof(CoreSet.KCentre)}.", nameof(strategy)),
        };
        int[] open = [.. Enumerable.Range(0, certainty.Length).Where(sample => !known.Contains(sample))];
        return count >= 1 && count <= open.Length
            ? [.. open.OrderBy(sample => certainty[sample]).Take(count)]
            : throw new ArgumentOutOfRangeException(
                nameof(count), count, $"Expected 1 to {open.Length}, the samples of the pool without labels.");
    }

    private static double[] NegativeEntropies(double[,] probabilities)
    {
        double[] entropies = new double[probabilities.GetLength(0)];
        for (int sample = 0; sample < entropies.Length; sample++)
        {
            for (int label = 0; label < probabilities.GetLength(1); label++)
            {
                double p = probabilities[sample, label];
                entropies[sample] += p > 0 ? p * Math.Log(p) : 0;
            }
        }

        return entropies;
    }
}
