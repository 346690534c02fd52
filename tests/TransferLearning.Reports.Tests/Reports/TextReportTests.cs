namespace TransferLearning.Reports.Tests;

public sealed class TextReportTests
{
    private static readonly ReportOptions Options = new() { Audit = Pocket.WithoutProbe, TSne = null, Mistakes = 8 };

    [Fact]
    public void Mistakes_in_texts_are_texts_with_the_words_that_count()
    {
        using TemporaryFolder folder = new();
        using Dataset opinions = new Texts([new("the film was very good"), new("a bad book"), new("awful , awful meal and a fine book")]);
        using TextModel model = Model(folder.Path);
        ModelReport report = model.CreateReport(opinions, Options);
        string html = report.ToHtml();
        Assert.NotEmpty(report.Mistakes);
        Assert.Contains("<ul class=\"mistakes texts\">", html, StringComparison.Ordinal);
        Assert.Matches("<mark class=\"[fa][123]\">", html);
        Assert.Contains("Words that count most: ", html, StringComparison.Ordinal);
        Assert.DoesNotContain("image/jpeg", html, StringComparison.Ordinal);
    }

    [Fact]
    public void What_stands_in_a_text_stays_text()
    {
        using TemporaryFolder folder = new();
        TextContent[] texts =
        [
            new("<script>alert('good')</script>"), new("<b onclick=alert(1)>bad</b>", "<img src=x onerror=alert(1)>"),
            new("&lt;good&gt; \" film"),
        ];
        using Dataset dataset = new Texts(texts);
        using TextModel model = Model(folder.Path);
        string html = model.CreateReport(dataset, Options).ToHtml();
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b ", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img src=x", html, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A tiny BERT of fresh weights, whose tokenizer lies in the folder.</summary>
    private static TextModel Model(string folder)
    {
        string[] words = ["the", "film", "was", "very", "good", "a", "bad", "book", "meal"];
        string[] vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words];
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), vocabulary);
        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"),
            """{"do_lower_case": true, "model_max_length": 32, "tokenizer_class": "BertTokenizer"}""");
        ModelConfig config = ModelConfig.FromPairs(
            new("model_type", "bert"), new("vocab_size", vocabulary.Length), new("hidden_size", 32), new("num_hidden_layers", 2),
            new("num_attention_heads", 4), new("intermediate_size", 64), new("max_position_embeddings", 40), new("type_vocab_size", 2),
            new("pad_token_id", 0));
        return TextModel.Create(config, folder, new Classification(["one", "two"]), seed: 3);
    }

    private sealed class Texts(IReadOnlyList<TextContent> texts) : Dataset
    {
        public override int Count => texts.Count * 4;

        public override IReadOnlyList<string> ClassNames { get; } = ["one", "two"];

        public override int LabelOf(int index) => index % 2;

        public override string NameOf(int index) => $"<i>text {index}</i>";

        public override Sample Read(int index) => new(NameOf(index), LabelOf(index), texts[index % texts.Count]);
    }
}
