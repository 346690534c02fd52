namespace TransferLearning.Tests;

/// <summary>The code blocks of the page on explanations, where the compiler sees them.</summary>
internal static class ExplanationSnippets
{
    public static void Sentence(ImageModel model, TextModel reader)
    {
        // snippet: explain-sentence
        model.Explain("bee.jpg").SaveOverlay("why-bee.png"); // Grad-CAM of the predicted class
        reader.Explain("A film that I will not forget.").SaveHtml("why.html"); // integrated gradients, word by word
        // end
    }

    public static void Methods(ImageModel model, Dataset dataset)
    {
        // snippet: explain-methods
        ImageAttribution cam = model.Explain("bee.jpg", new GradCam { Stage = "layer3" }, target: "ant");
        ImageAttribution gradients = model.Explain(dataset.Read(7), new IntegratedGradients { Steps = 100, BatchSize = 20 });
        Console.WriteLine($"The shares of {gradients.TargetName} miss {gradients.ScoreDifference:0.0} by {gradients.CompletenessGap:0.00}");
        double row = cam.Map[100, 80]; // one number for each pixel that the network saw
        // end

        _ = row;
    }

    public static void Curves(ImageModel model, ImageAttribution attribution)
    {
        // snippet: explain-curves
        PerturbationCurve deletion = attribution.DeletionCurve(model), insertion = attribution.InsertionCurve(model);
        Console.WriteLine($"deletion {deletion.Area:0.00} (small is good), insertion {insertion.Area:0.00} (large is good)");
        // end
    }

    public static void Texts(TextModel reader)
    {
        // snippet: explain-text
        TextAttribution why = reader.Explain("How many people live in Cairo ?", new Occlusion());
        Console.WriteLine(why);
        foreach (TokenAttribution word in why.Words.OrderByDescending(word => Math.Abs(word.Value)).Take(3))
        {
            Console.WriteLine($"{word.Text} {word.Value:+0.00;-0.00}");
        }
        // end
    }

    public static void Nearest(ImageModel model, Dataset training)
    {
        // snippet: explain-nearest
        using FeatureCache cache = new("features");
        foreach (NearestExample near in model.FindNearest("bee.jpg", training, count: 3, new FeatureOptions { Cache = cache }))
        {
            Console.WriteLine($"{near.Name} ({near.ClassName}), cosine {near.Cosine:0.000}");
        }
        // end
    }

    public static async Task Long(ImageModel model, CancellationToken cancellationToken)
    {
        // snippet: explain-long
        Progress<double> progress = new(share => Console.Write($"\r{share:P0}"));
        Occlusion fine = new() { Window = 32, Stride = 8, BatchSize = 32 };
        ImageAttribution attribution = await model.ExplainAsync("bee.jpg", fine, null, progress, cancellationToken);
        // end

        _ = attribution;
    }
}
