namespace TransferLearning;

/// <summary>The verbs that say whether an input is of the kind that a model was trained on.</summary>
public static class OutOfDistributionExtensions
{
    /// <summary>Fits a detector to training samples, and chooses its threshold on others.</summary>
    /// <param name="model">A classifier of whole samples.</param>
    /// <param name="training">The samples that it was trained on.</param>
    /// <param name="validation">Samples of the same kind that it was not trained on.</param>
    /// <param name="options">The method and its numbers; null means the defaults.</param>
    /// <param name="features">Batch size, workers, preprocessing, damaged samples, cache; null means the defaults. With a cache both sets
    /// go through the backbone once.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The detector; the caller disposes it.</returns>
    /// <exception cref="InvalidOperationException">The model is no classifier of whole samples.</exception>
    /// <exception cref="ArgumentException">An option cannot be used, or there is no readable sample.</exception>
    public static OutOfDistributionDetector FitOutOfDistribution(
        this TransferModel model, Dataset training, Dataset validation, OutOfDistributionOptions? options = null,
        FeatureOptions? features = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        options ??= new OutOfDistributionOptions();
        options.Validate();
        bool needsFeatures = options.Method is OutOfDistributionMethod.Mahalanobis or OutOfDistributionMethod.NearestNeighbors;
        using FeatureSet? set = needsFeatures ? model.ExtractFeatures(training, features, null, cancellationToken) : null;
        OutOfDistributionDetector detector = OutOfDistributionDetector.Fit(set?.Features, set?.Labels, options);
        try
        {
            detector.ChooseThreshold(model.OutOfDistributionScores(detector, validation, features, cancellationToken));
            return detector;
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }

    /// <summary>The scores of a data set's samples, in order, without those that were skipped.</summary>
    /// <param name="model">The model that the detector was fitted with.</param>
    /// <param name="detector">The detector.</param>
    /// <param name="dataset">The samples, of any classes: they play no part.</param>
    /// <param name="features">Batch size, workers, preprocessing, damaged samples, cache; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">An option cannot be used, or there is no readable sample.</exception>
    public static double[] OutOfDistributionScores(
        this TransferModel model, OutOfDistributionDetector detector, Dataset dataset, FeatureOptions? features = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(detector);
        features ??= new FeatureOptions();
        if (detector.UsesFeatures)
        {
            using FeatureSet set = model.ExtractFeatures(dataset, features, null, cancellationToken);
            return detector.Score(set.Features, null);
        }

        ArgumentNullException.ThrowIfNull(dataset);
        Dataset ofAnyClass = new RelabelledDataset(dataset, model.ClassNames, _ => 0); // targets that nothing looks at
        SamplePredictions samples = model.EvaluateUncalibrated(ofAnyClass, EvaluateOptions.Reading(features), null, cancellationToken);
        using Tensor logits = tensor(
            [.. Enumerable.Range(0, samples.Count).SelectMany(place => samples.OutputsOf(place).ToArray())],
            [samples.Count, samples.Width]);
        return detector.Score(null, logits);
    }

    /// <summary>Says of inputs whether they are of the kind that the model was trained on.</summary>
    /// <param name="model">The model that the detector was fitted with.</param>
    /// <param name="detector">The detector, with a threshold.</param>
    /// <param name="inputs">Paths for images and sounds; the texts themselves for texts.</param>
    /// <param name="options">Batch size, workers, damaged inputs; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>One for each input that could be read, in order.</returns>
    /// <exception cref="InvalidOperationException">There is no threshold, or the model is no classifier of whole samples.</exception>
    public static IReadOnlyList<OutOfDistributionPrediction> FindOutside(
        this TransferModel model, OutOfDistributionDetector detector, IEnumerable<string> inputs, PredictOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(inputs);
        if (model.LearningTask is not Classification { ClassCount: int classes })
        {
            throw new InvalidOperationException(
                $"{model.Architecture} is for {model.LearningTask.Name}, not for classes of whole samples.");
        }

        string[] all = [.. inputs];
        options ??= new PredictOptions();
        if (options.Augmentation is not null)
        {
            throw new ArgumentException(
                $"{nameof(options.Augmentation)} averages predictions, and a detector looks at one image: leave it out.", nameof(options));
        }

        if (options.Adaptation is not null)
        {
            throw new ArgumentException(
                $"{nameof(options.Adaptation)} would adapt the model to what a detector is to find: leave it out.", nameof(options));
        }

        float[]?[] rows = model.Predicting(
            predictor => predictor.Outputs(new InputDataset(all, model.SampleOf), options, FeaturesAndLogits, cancellationToken));
        List<OutOfDistributionPrediction> found = [];
        foreach ((int i, float[]? row) in rows.Index())
        {
            if (row is not null)
            {
                using Tensor whole = tensor(row, [1, row.Length]);
                using Tensor features = whole.narrow(1, 0, row.Length - classes), logits = whole.narrow(1, row.Length - classes, classes);
                double score = detector.Score(features, logits)[0];
                found.Add(new OutOfDistributionPrediction(all[i], score, detector.IsOutside(score)));
            }
        }

        return found;
    }

    /// <summary>Says of one input whether it is not of the kind that the model was trained on.</summary>
    /// <param name="model">The model that the detector was fitted with.</param>
    /// <param name="detector">The detector, with a threshold.</param>
    /// <param name="input">A path for images and sounds; the text itself for texts.</param>
    /// <exception cref="InvalidOperationException">There is no threshold, or the model is no classifier of whole samples.</exception>
    public static bool IsOutside(this TransferModel model, OutOfDistributionDetector detector, string input)
        => model.FindOutside(detector, [input], new PredictOptions { Workers = 0 })[0].IsOutside;

    private static Tensor FeaturesAndLogits(ForwardPass pass, Batch batch)
    {
        Tensor pooled = pass.Pooled(batch.Input);
        Tensor logits = pass.Head(pooled);
        return cat([pooled.dim() == 4 ? pooled.mean([2, 3]) : pooled, logits], 1);
    }
}
