namespace TransferLearning;

/// <summary>The samples that candidates are ranked on.</summary>
/// <param name="Whole">The data set.</param>
/// <param name="Sample">Those of its samples that are looked at, each class evenly.</param>
/// <param name="Validation">Samples that accuracies are measured on, under the same classes; null for cross-validation.</param>
/// <param name="Occurring">The labels that have samples, ascending.</param>
/// <param name="LargestShare">The share of the commonest class among the samples.</param>
internal sealed record RankingData(Dataset Whole, Dataset Sample, Dataset? Validation, int[] Occurring, double LargestShare)
{
    /// <summary>Chooses the samples.</summary>
    /// <exception cref="ArgumentException">There are too few samples or classes, or the targets are no classes.</exception>
    public static RankingData Of(Dataset dataset, ModelRankingOptions options)
    {
        if (dataset.Count < Math.Max(dataset.ClassNames.Count, 2))
        {
            throw new ArgumentException(
                $"{dataset} has fewer samples than classes: {dataset.Count} of {Dataset.Shown(dataset.ClassNames)}. Ranking needs at least "
                    + "two samples of each class.",
                nameof(dataset));
        }

        if (dataset.TargetOf(0) is not ClassTarget)
        {
            throw new ArgumentException(
                $"A sample of {dataset} has a {dataset.TargetOf(0).GetType().Name}; ranking needs one class for each sample.",
                nameof(dataset));
        }

        Dictionary<int, int> counts = [];
        for (int index = 0; index < dataset.Count; index++)
        {
            int label = dataset.LabelOf(index);
            counts[label] = counts.GetValueOrDefault(label) + 1;
        }

        int[] occurring = [.. counts.Keys.Order()];
        if (occurring.Length < 2)
        {
            throw new ArgumentException(
                $"All {dataset.Count} samples of {dataset} are of the class '{dataset.ClassNames[occurring[0]]}': ranking needs at least "
                    + "two classes.",
                nameof(dataset));
        }

        if (options.SampleLimit < 2 * occurring.Length)
        {
            throw new ArgumentException(
                $"{nameof(options.SampleLimit)} is {options.SampleLimit}, and there are {occurring.Length} classes with samples: ranking "
                    + "needs at least two samples of each.",
                nameof(options));
        }

        if (options.Validation is null && counts.Values.Max() < 2)
        {
            throw new ArgumentException(
                $"No class of {dataset} has two samples, so none can be held out: add samples, or give "
                    + $"{nameof(ModelRankingOptions)}.{nameof(options.Validation)}.",
                nameof(dataset));
        }

        Dataset sample = options.SampleLimit is { } limit && limit < dataset.Count
            ? dataset.Split((double)limit / dataset.Count, options.Seed).First
            : dataset;
        return new RankingData(
            dataset,
            sample,
            options.Validation?.WithClasses(dataset.ClassNames),
            occurring,
            (double)counts.Values.Max() / dataset.Count);
    }
}
