namespace TransferLearning.Tests;

/// <summary>The code blocks of the page on recipes, where the compiler sees them.</summary>
internal static class RecipeSnippets
{
    public static void Fifty(Dataset training)
    {
        // snippet: recipes-50
        using ImageModel model = Pretrained.ResNet18().ReplaceHead(training.ClassNames.Count);
        model.Probe(training, new LogisticProbe());
        // end
    }

    public static void FiveHundred(ImageModel model, Dataset training, Dataset validation)
    {
        // snippet: recipes-500
        FineTuneOptions options = new()
        {
            Epochs = 10,
            Recipe = new LpFtRecipe(), // the convex head first, then everything
            Schedule = new OneCycleSchedule(),
            Validation = validation,
        };
        model.FineTune(training, new AdamW(2e-4), options);
        // end
    }

    public static void FiveHundredOnTime(ImageModel model, Dataset training)
    {
        // snippet: recipes-late
        FineTuneOptions options = new()
        {
            Epochs = 20,
            Schedule = new OneCycleSchedule(),
            Preprocessor = ImagePipeline.ForTraining(model.Preprocess),
            CachedViews = 4, // what is frozen runs four times, not twenty
        };
        model.UnfreezeFrom("layer4").FineTune(training, new AdamW(5e-4), options);
        // end
    }

    public static void Texts(string folder, Dataset questions)
    {
        // snippet: recipes-texts
        BottleneckOptions bottlenecks = new() { Form = BottleneckForm.Houlsby };
        using TextModel model = Pretrained.Bert(folder).ReplaceHead(questions.ClassNames).WithAdapter(bottlenecks);
        model.FineTune(questions, new AdamW(5e-3), new FineTuneOptions { Epochs = 12, BatchSize = 16, Schedule = new OneCycleSchedule() });
        model.SaveAdapter("questions"); // some hundred kilobytes
        // end
    }

    public static void Rare(ImageModel model, Dataset training, IReadOnlyList<int> counts)
    {
        // snippet: recipes-rare
        FineTuneOptions options = new() { Epochs = 20, Loss = CrossEntropyLoss.ClassBalanced(counts) }; // samples of each class
        model.FineTune(training, new AdamW(3e-4), options);
        // end
    }
}
