namespace TransferLearning;

/// <summary>The verbs that make the scores of a classifier believable.</summary>
public static class CalibrationExtensions
{
    /// <summary>
    /// Fits how the logits are scaled so that of all predictions with a score of 0.8 four fifths are right, on samples that the model was
    /// not trained on. Predictions, evaluations and saved models have calibrated scores from then on. Weights do not change, and
    /// training, or weights from elsewhere, take the calibration off again.
    /// </summary>
    /// <param name="model">A classifier.</param>
    /// <param name="validation">Samples that it was not trained on; their classes are matched by name.</param>
    /// <param name="method">One temperature, which changes no predicted class, or a weight and a bias for each class.</param>
    /// <param name="options">How the samples are evaluated; null means the defaults.</param>
    /// <param name="progress">Receives the number of samples that are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/> and the model as it was.</param>
    /// <exception cref="InvalidOperationException">The model is no classifier of whole samples, or there is no best scaling.</exception>
    /// <exception cref="ArgumentException">The classes cannot be matched, or an option cannot be used.</exception>
    public static T Calibrate<T>(
        this T model, Dataset validation, CalibrationMethod method = CalibrationMethod.Temperature, EvaluateOptions? options = null,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
        where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        SamplePredictions samples = model.EvaluateUncalibrated(validation, options, progress, cancellationToken);
        double[][] logits = new double[samples.Count][];
        for (int place = 0; place < logits.Length; place++)
        {
            logits[place] = Array.ConvertAll(samples.OutputsOf(place).ToArray(), output => (double)output);
        }

        int[] labels = [.. samples.Outcomes.Select(outcome => outcome.Label)];
        return model.WithScaling(method switch
        {
            CalibrationMethod.Temperature => new LogitScaling(TemperatureScaling.Fit(logits, labels).Temperature),
            CalibrationMethod.Vector => VectorScaling.Fit(logits, labels, cancellationToken).Scaling,
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, "There is no such way to calibrate."),
        });
    }

    /// <summary>Sets how the logits are scaled, for a calibration that is known from elsewhere.</summary>
    /// <param name="model">The model.</param>
    /// <param name="scaling">The scaling; null takes the calibration off.</param>
    /// <exception cref="ArgumentException">It does not fit the number of classes.</exception>
    /// <exception cref="InvalidOperationException">The model is no classifier of whole samples.</exception>
    public static T WithScaling<T>(this T model, LogitScaling? scaling)
        where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.LearningTask is Classification classes)
        {
            model.LearningTask = classes with { Scaling = scaling };
        }
        else if (scaling is not null)
        {
            throw NoClassifier(model);
        }

        return model;
    }

    /// <summary>What a classifier predicts for each sample, with its outputs, as if it were not calibrated.</summary>
    internal static SamplePredictions EvaluateUncalibrated(
        this TransferModel model, Dataset dataset, EvaluateOptions? options, IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        using IDisposable use = model.Use();
        Classification before = model.LearningTask as Classification ?? throw NoClassifier(model);
        try
        {
            model.WithScaling(null);
            options = (options ?? new EvaluateOptions()) with { Samples = SampleDetail.Outputs };
            return model.Evaluate(dataset, options, progress, cancellationToken).Samples!;
        }
        finally
        {
            model.LearningTask = before;
        }
    }

    private static InvalidOperationException NoClassifier(TransferModel model)
        => new($"{model.Architecture} is for {model.LearningTask.Name}; only a classifier of whole samples has logits that can be scaled.");
}
