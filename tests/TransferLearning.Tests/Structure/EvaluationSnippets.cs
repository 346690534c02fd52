namespace TransferLearning.Tests;

/// <summary>The code blocks of docs/evaluation.md, where the compiler sees them.</summary>
internal static class EvaluationSnippets
{
    public static void Samples(TransferModel model, Dataset test)
    {
        // snippet: evaluation-samples
        EvaluationResult result = model.Evaluate(test, new EvaluateOptions { Samples = SampleDetail.Outputs });
        SamplePredictions samples = result.Samples!;

        Console.WriteLine(string.Join('\n', result.Report.MostConfused(5)));
        foreach (SamplePrediction mistake in samples.WorstMistakes(20)) // of which it was surest; wrong labels are often among them
        {
            Console.WriteLine($"{mistake.Name}: {mistake.LabelName} taken for {mistake.PredictedName} with {mistake.Score:P0}");
        }

        IReadOnlyList<EvaluationSlice> byCamera = samples.Slices(sample => sample.Name.Split('_')[0]); // the worst first
        IReadOnlyList<EvaluationSlice> byClass = samples.SlicesByClass(), bySize = samples.SlicesBySize(test);
        BootstrapInterval f1 = samples.Interval(report => report.Macro.F1); // value, lower and upper bound
        // end

        _ = (byCamera, byClass, bySize, f1);
    }

    public static void Calibrated(ImageModel model, Dataset validation, Dataset test)
    {
        // snippet: evaluation-calibrate
        model.Calibrate(validation); // one temperature; CalibrationMethod.Vector fits a weight and a bias for each class
        model.Save("calibrated.tl"); // its predictions are calibrated when it is loaded again, too

        SamplePredictions samples = model.Evaluate(test, new EvaluateOptions { Samples = SampleDetail.Outcomes }).Samples!;
        Calibration reliability = samples.Reliability(bins: 15, equalMass: true);
        Console.WriteLine($"{reliability.ExpectedError:P1}, {reliability.MaximumError:P1} at most");
        // end
    }

    public static void Outside(ImageModel model, Dataset training, Dataset validation)
    {
        // snippet: evaluation-outside
        OutOfDistributionOptions options = new() { Method = OutOfDistributionMethod.Mahalanobis, Keep = 0.95 };
        using OutOfDistributionDetector detector = model.FitOutOfDistribution(training, validation, options);
        if (model.IsOutside(detector, "upload.jpg"))
        {
            Console.WriteLine("This is none of what the model knows.");
        }

        detector.Save("detector.safetensors");
        // end
    }

    public static void Views(ImageModel model, Dataset test)
    {
        // snippet: evaluation-views
        TestTimeAugmentation views = new(Flip: true, Shift: 2); // ten views: five places, each mirrored too
        EvaluationResult result = model.Evaluate(test, new EvaluateOptions { Augmentation = views });
        IReadOnlyList<Prediction> predictions = model.Predict(["bee.jpg"], new PredictOptions { Augmentation = views });
        // end

        _ = (result, predictions);
    }

    public static void Live(TransferModel model, Dataset training, Dataset validation)
    {
        // snippet: evaluation-live
        using TensorBoardLog board = new("runs/bees"); // tensorboard --logdir runs
        using CsvLog csv = new("runs/bees/log.csv");
        FineTuneOptions options = new() { Validation = validation, Observers = [board, csv] };
        Progress<TrainingProgress> progress = new(report => Console.WriteLine($"{report.Epoch}: {report.Loss:F3}"));
        model.FineTune(training, new AdamW(1e-4), options, resume: "runs/bees/state", progress);
        // end
    }
}
