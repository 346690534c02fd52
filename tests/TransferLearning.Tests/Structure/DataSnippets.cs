namespace TransferLearning.Tests;

/// <summary>The code blocks on augmentation, mixing, losses, samplers and images without labels, where the compiler sees them.</summary>
internal static class DataSnippets
{
    public static void Augmentation(ImageModel model, Dataset training)
    {
        // snippet: images-augmentation
        FineTuneOptions options = new()
        {
            Epochs = 30,
            Augmentation = [new TrivialAugmentWide(), new RandomErasing(0.1)],
            Methods = [new Mixing { MixupAlpha = 0.2 }],
            Loss = new CrossEntropyLoss(labelSmoothing: 0.1),
        };
        model.FineTune(training, new AdamW(3e-4), options);
        // end
    }

    public static void RareClasses(ImageModel model, Dataset training, int[] counts)
    {
        // snippet: training-rare
        model.FineTune(training, new AdamW(1e-4), new FineTuneOptions { Sampler = new WeightedSampler(ClassWeighting.InverseSquareRoot) });
        model.FineTune(training, new AdamW(1e-4), new FineTuneOptions { Loss = CrossEntropyLoss.ClassBalanced(counts) });
        // end
    }

    public static void Unlabelled(ImageModel model, Dataset training, Dataset unlabelled)
    {
        // snippet: training-unlabelled
        FixMatch pseudoLabels = new(unlabelled) { Threshold = 0.9, Ratio = 3 };
        model.FineTune(training, new Sgd(0.01, momentum: 0.9), new FineTuneOptions { Epochs = 40, Methods = [pseudoLabels] });
        // end
    }

    public static void FewSamples(ImageModel model, Dataset few)
    {
        // snippet: features-few
        model.Probe(few, new NearestMeanProbe { Cosine = true });
        // end
    }
}
