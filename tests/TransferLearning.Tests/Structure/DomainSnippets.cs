namespace TransferLearning.Tests;

/// <summary>The code blocks of docs/domain-shift.md, where the compiler sees them.</summary>
internal static class DomainSnippets
{
    public static void Measure(ImageModel model, Dataset test)
    {
        // snippet: domain-measure
        double clean = model.Evaluate(test).Accuracy!.Value;
        double foggy = model.Evaluate(test.Corrupted(CorruptionKind.Fog, severity: 3)).Accuracy!.Value;

        // Photos are resized first, as the network sees them: the strengths are meant for images of that size.
        ImagePipeline spoiled = ImagePipeline.ForEvaluation(model.Preprocess).Then(new Corruption(CorruptionKind.Jpeg, severity: 5));
        EvaluationResult compressed = model.Evaluate(test, new EvaluateOptions { Preprocessor = spoiled });
        // end

        _ = (clean, foggy, compressed);
    }

    public static void Statistics(ImageModel model, Dataset fromNewCamera)
    {
        // snippet: domain-adabn
        model.AdaptBatchNorms(fromNewCamera); // no labels, no training: new running means and variances
        model.Save("new-camera.tl");
        // end
    }

    public static void TestTime(ImageModel model, Dataset test, string[] files)
    {
        // snippet: domain-tent
        EntropyAdaptation tent = new(); // Adam(0.001), one step for each batch
        EvaluationResult result = model.Evaluate(test, new EvaluateOptions { BatchSize = 200, Adaptation = tent });
        IReadOnlyList<Prediction> predictions = model.Predict(files, new PredictOptions { BatchSize = 64, Adaptation = tent });
        // end

        _ = (result, predictions);
    }

    public static void Training(ImageModel model, Dataset source, Dataset target)
    {
        // snippet: domain-train
        FineTuneOptions options = new() { Epochs = 10, BatchSize = 64, Methods = [new DomainAdversarial(target)] };
        model.FineTune(source, new Sgd(learningRate: 0.001, momentum: 0.9), options);
        // end
    }

    public static TrainingMethod[] Kinds(Dataset target)
    {
        // snippet: domain-kinds
        TrainingMethod[] kinds =
        [
            new DomainAdversarial(target) { Steepness = 1, WarmUpSteps = 1000 },
            new MaximumMeanDiscrepancy(target) { Bandwidths = KernelBandwidths.MeanOfPairs },
            new CorrelationAlignment(target) { Weight = 10 },
            new MinimumClassConfusion(target) { Temperature = 2.5 },
        ];
        // end

        return kinds;
    }
}
