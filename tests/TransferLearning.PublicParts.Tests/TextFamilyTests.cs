namespace PublicParts.Tests;

public sealed class TextFamilyTests
{
    private static readonly string[] Words = ["good", "fine", "bad", "poor", "film", "book", "the", "was"];

    public TextFamilyTests() => Own.Register();

    [Fact]
    public void A_text_family_is_saved_as_a_folder_loaded_trained_and_exported()
    {
        using TemporaryFolder folder = new();
        string pretrained = folder.File("pretrained"), trained = folder.File("trained"), exported = folder.File("exported");
        using (TextModel first = TextModel.Create(Config(), Tokenizer(folder.File("tokenizer")), new FeatureExtraction(), seed: 2))
        {
            first.SavePretrained(pretrained);
        }

        using Dataset dataset = Opinions(48);
        using TextModel model = Pretrained.Text(pretrained).ReplaceHead(2);
        model.FineTune(dataset, new AdamW(0.02), new FineTuneOptions { Epochs = 10, BatchSize = 8, Workers = 0 });
        Assert.True(model.Evaluate(dataset).Accuracy > 0.95);
        Assert.Equal("good", model.Predict("the film was fine").ClassName);

        model.Save(trained);
        using TextModel again = TextModel.Load(trained);
        Assert.Equal(model.Predict("the book was poor").Probability, again.Predict("the book was poor").Probability);
        model.SavePretrained(exported);
        using TextModel read = Pretrained.Text(exported);
        Assert.Equal(model.Predict("the book was poor").Probability, read.Predict("the book was poor").Probability);
        Assert.Contains(
            "BagOfWordsForSequenceClassification", File.ReadAllText(Path.Combine(exported, "config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_that_the_family_lacks_is_refused_with_those_it_has()
    {
        using TemporaryFolder folder = new();
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => TextModel.Create(Config(), Tokenizer(folder.File("tokenizer")), new QuestionAnswering()));
        Assert.Contains("Pooled", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_family_that_decodes_learns_to_write_and_is_read_back()
    {
        using TemporaryFolder folder = new();
        using TextModel model = TextModel.Create(
            Config("next_word"), Tokenizer(folder.File("tokenizer")), new CausalLanguageModeling(), seed: 3);
        using InMemoryDataset sentences = new(
            [.. Enumerable.Range(0, 32).Select(i => new Sample($"{i}", 0, new TextContent("the film was good good fine")))], ["text"]);
        model.FineTune(sentences, new AdamW(0.03), new FineTuneOptions { Epochs = 12, BatchSize = 8, Workers = 0 });

        // The tokenizer puts its own tokens around a prompt, so what follows is taken from the words behind the last of them.
        GenerationOptions options = new() { MaxNewTokens = 3 };
        string written = model.Generate("the film", options);
        Assert.Equal(written, model.Generate("the film", options with { UseCache = false }));
        Assert.Equal(3, model.Generate(["the film", "the film was"], options)[1].Tokens.Count);
        model.Save(folder.File("saved"));
        using TextModel again = TextModel.Load(folder.File("saved"));
        Assert.IsType<CausalLanguageModeling>(again.LearningTask);
        Assert.Equal(written, again.Generate("the film", options));
    }

    private static ModelConfig Config(string type = "bag_of_words") => ModelConfig.FromPairs(
        KeyValuePair.Create("model_type", (object?)type),
        KeyValuePair.Create("vocab_size", (object?)16),
        KeyValuePair.Create("hidden_size", (object?)16));

    private static string Tokenizer(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Words]);
        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"),
            """{"do_lower_case": true, "model_max_length": 32, "tokenizer_class": "BertTokenizer"}""");
        return folder;
    }

    private static InMemoryDataset Opinions(int count)
    {
        List<Sample> samples = [];
        for (int i = 0; i < count; i++)
        {
            string word = Words[(i % 2 == 0 ? 2 : 0) + (i / 2 % 2)], thing = Words[4 + (i / 4 % 2)];
            samples.Add(new Sample($"opinion {i}", i % 2, new TextContent($"the {thing} was {word}")));
        }

        return new InMemoryDataset(samples, ["bad", "good"]);
    }
}
