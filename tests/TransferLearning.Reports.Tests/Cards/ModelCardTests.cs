namespace TransferLearning.Reports.Tests;

public sealed class ModelCardTests
{
    [Fact]
    public void A_card_has_the_head_of_the_hub_and_every_section()
    {
        string card = CardOf(new ModelCardOptions
        {
            Name = "Bees",
            Description = "Recognises bees and ants.",
            Report = Pocket.Report,
            TrainingData = "240 photographs",
            License = "mit",
            Languages = ["en"],
            Limits = ["Not for wasps."],
            Contact = "the beekeepers",
        });
        Assert.StartsWith(
            "---\nlicense: \"mit\"\nlibrary_name: TransferLearning\npipeline_tag: image-classification\nlanguage:\n- \"en\"\ntags:\n", card,
            StringComparison.Ordinal);
        Assert.Contains("model-index:\n- name: \"Bees\"\n", card, StringComparison.Ordinal);
        Assert.Contains("    - type: \"accuracy\"\n      value: ", card, StringComparison.Ordinal);
        Assert.Equal(
            [
                "# Bees", "## What it is", "## Data", "## Metrics", "## How it was trained", "## Limits", "## Licence", "## Contact",
                "## Versions",
            ],
            card.Split('\n').Where(line => line.StartsWith('#')));
        Assert.Contains("- Not for wasps.", card, StringComparison.Ordinal);
        Assert.Contains("60 samples", card, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_known_is_said_not_to_be()
    {
        string card = CardOf(null);
        Assert.Contains("license: \"unknown\"", card, StringComparison.Ordinal);
        Assert.Contains("The licence of the weights is unknown", card, StringComparison.Ordinal);
        Assert.Contains("It was not evaluated", card, StringComparison.Ordinal);
        Assert.Contains("No description was given.", card, StringComparison.Ordinal);
        Assert.DoesNotContain("model-index", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_cannot_leave_their_quotes()
    {
        string card = CardOf(new ModelCardOptions { Name = "a\"\n---\n<script>", Report = Pocket.Report });
        Assert.Equal(2, card.Split('\n').Count(line => line == "---"));
        Assert.DoesNotContain("<script>", card, StringComparison.Ordinal);
    }

    private static string CardOf(ModelCardOptions? options)
    {
        using TemporaryFolder folder = new();
        using ImageModel model = Pocket.Untrained(Pocket.HarmfulNames);
        string path = Path.Combine(folder.Path, "README.md");
        model.WriteModelCard(path, options);
        return File.ReadAllText(path);
    }
}
