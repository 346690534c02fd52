namespace TransferLearning.Tests;

/// <summary>The code block of the page on choosing a model, where the compiler sees it.</summary>
internal static class RankingSnippets
{
    public static void ChooseModel()
    {
        // snippet: choose-model
        using Dataset images = ImageFolder.Open("my-images", "train");
        ModelRanking ranking = ModelAdvisor.Rank(
            images,
            [
                new ModelCandidate("ResNet-18", () => Pretrained.ResNet18()),
                new ModelCandidate("MobileNet V2", () => Pretrained.MobileNetV2()),
                new ModelCandidate("random weights", () => TransferModel.Create("resnet18", 10)),
            ]);
        Console.WriteLine(ranking); // a table, and what to do next
        double? seconds = ranking.FineTuneSeconds(ranking.Best, epochs: 10);
        ExtrapolatedAccuracy? withTwice = ranking.Curve?.At(2 * ranking.DatasetCount);
        // end

        _ = (seconds, withTwice);
    }
}
