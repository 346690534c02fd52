namespace TransferLearning.Reports.Tests;

public sealed class TextReportTests
{
    private static readonly ReportOptions Options = new() { Audit = Pocket.WithoutProbe, TSne = null, Mistakes = 8 };

    [Fact]
    public void Mistakes_in_texts_are_texts_with_the_words_that_count()
    {
        using TemporaryFolder folder = new();
        using Dataset opinions = TinyText.Opinions(24);
        using TextModel model = TinyText.Model(folder.Path, new Classification(opinions.ClassNames));
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
            new("<script>alert('good')</script>"), new("<b onclick=alert(1)>bad</b>", "<img src=x onerror=alert(1)>"), new("&lt;good&gt; \" film"),
        ];
        using Dataset dataset = new Texts(texts);
        using TextModel model = TinyText.Model(folder.Path, new Classification(["one", "two"]));
        string html = model.CreateReport(dataset, Options).ToHtml();
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b ", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img src=x", html, StringComparison.OrdinalIgnoreCase);
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
