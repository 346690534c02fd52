using System.Text.Json;
using System.Text.RegularExpressions;

namespace TransferLearning.Reports.Tests;

public sealed class ModelReportTests
{
    [Fact]
    public void One_call_puts_the_score_and_its_reasons_together()
    {
        ModelReport report = Pocket.Report;
        Assert.Contains("of 60 samples are predicted correctly", report.Summary[0], StringComparison.Ordinal);
        Assert.Equal(60, report.Evaluation.Count);
        Assert.NotNull(report.Findings);
        Assert.Equal(5, report.Mistakes.Count);
        string html = report.ToHtml();
        foreach (string section in new[] { "confusion", "mistakes", "data", "curves", "reliability", "map", "model" })
        {
            Assert.Contains($"<h2 id=\"{section}\">", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Names_are_text_and_never_markup()
    {
        string html = Pocket.Report.ToHtml();
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("a \"quoted\"", html, StringComparison.Ordinal);
        string markdown = Pocket.Report.ToMarkdown();
        Assert.DoesNotContain("<script", markdown, StringComparison.Ordinal);
        Assert.Contains(@"\] (x) \| \`y\` \*z\*", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", Pocket.Report.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_needs_nothing_else()
    {
        string html = Pocket.Report.ToHtml();
        Assert.DoesNotMatch(new Regex("(src|href|srcset)=\"(?!data:|#)"), html);
        Assert.DoesNotContain("http://", Regex.Replace(html, "data:[^\"]*", ""), StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", html, StringComparison.Ordinal);
        Assert.InRange(html.Length, 10_000, 4_000_000);
    }

    [Fact]
    public void Json_has_the_numbers()
    {
        using JsonDocument json = JsonDocument.Parse(Pocket.Report.ToJson());
        JsonElement root = json.RootElement;
        Assert.Equal("transferlearning-report/1", root.GetProperty("schema").GetString());
        Assert.Equal(Pocket.Report.Evaluation.Accuracy, root.GetProperty("evaluation").GetProperty("accuracy").GetDouble());
        Assert.Equal(2, root.GetProperty("history").GetProperty("epochs").GetArrayLength());
        Assert.Equal(40, root.GetProperty("map").GetProperty("labels").GetArrayLength());
        Assert.Equal("3", root.GetProperty("training").GetProperty("seed").GetString());
    }

    [Fact]
    public void A_folder_gets_every_form_and_the_plots()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "all");
        Pocket.Report.Save(path);
        Assert.Equal(["report.html", "report.json", "report.md"], Directory.GetFiles(path).Select(Path.GetFileName).Order());
        string markdown = File.ReadAllText(Path.Combine(path, "report.md"));
        MatchCollection plots = Regex.Matches(markdown, @"\]\((plots/[a-z]+\.png)\)");
        Assert.True(plots.Count >= 4);
        Assert.All(plots, plot => Assert.True(File.Exists(Path.Combine(path, plot.Groups[1].Value))));
        Assert.Throws<ArgumentException>(() => Pocket.Report.Save(Path.Combine(folder.Path, "report.pdf")));
    }

    [Fact]
    public void What_is_not_given_is_left_out_and_named()
    {
        using Dataset images = Examples.Images(20);
        using ImageModel model = Pocket.Untrained("red", "blue");
        ModelReport report = model.CreateReport(images, new ReportOptions { Audit = null, Mistakes = 0, MapSamples = 0 });
        Assert.Null(report.Findings);
        Assert.Empty(report.Mistakes);
        foreach (string missing in new[] { "training curves", "the audit of the evaluated", "the worst mistakes", "the maps of features" })
        {
            Assert.Contains(report.LeftOut, line => line.StartsWith(missing, StringComparison.Ordinal));
        }

        string html = report.ToHtml();
        Assert.DoesNotContain("id=\"curves\"", html, StringComparison.Ordinal);
        Assert.Contains("id=\"left-out\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_model_and_samples_give_the_same_page_but_for_the_clock()
    {
        using Dataset images = Examples.Images(20);
        using ImageModel model = Pocket.Untrained("red", "blue");
        ReportOptions options = new() { TSne = new TSneOptions { Iterations = 30 }, Mistakes = 2, Audit = Pocket.WithoutProbe };
        Assert.Equal(Timeless(model.CreateReport(images, options)), Timeless(model.CreateReport(images, options)));

        static string Timeless(ModelReport report) => Regex.Replace(report.ToHtml(), @"[\d.]+ s<", "s<");
    }

    [Fact]
    public void No_folder_of_this_machine_is_named()
    {
        using TemporaryFolder folder = new();
        foreach (string name in new[] { "red", "blue" })
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, name));
        }

        using Dataset images = Examples.Images(16);
        List<string> rows = ["path,label"];
        for (int i = 0; i < images.Count; i++)
        {
            string file = Path.Combine(folder.Path, images.ClassNames[images.LabelOf(i)], $"{i}.png");
            File.WriteAllBytes(file, ((EncodedImage)images.Read(i).Input).Bytes.ToArray());
            rows.Add($"{file},{images.ClassNames[images.LabelOf(i)]}");
        }

        string list = Path.Combine(folder.Path, "list.csv");
        File.WriteAllLines(list, rows);
        using ImageModel model = Pocket.Untrained("red", "blue");
        foreach (Dataset dataset in new[] { (Dataset)ImageFolder.Open(folder.Path), ImageList.Open(list) })
        {
            using (dataset)
            {
                ReportOptions options = new()
                {
                    TSne = null,
                    Training = dataset,
                    Audit = Pocket.WithoutProbe,
                    FineTuning = new FineTuneOptions { Checkpoints = new CheckpointPolicy(folder.Path) },
                };
                ModelReport report = model.CreateReport(dataset, options);
                Assert.All(
                    new[] { report.ToHtml(), report.ToMarkdown(), report.ToJson() },
                    text => Assert.DoesNotContain(Path.GetFileName(folder.Path), text, StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void A_report_of_numbers_says_what_there_is()
    {
        using Dataset images = Examples.Numbers(12);
        using ImageModel model = ImageModel.Create("resnet20", 1, seed: 1).For(new Regression());
        ModelReport report = model.CreateReport(images, new ReportOptions { Mistakes = 3, Explain = false, Audit = Pocket.WithoutProbe });
        Assert.Contains("12 samples were evaluated: mean squared error", report.Summary[0], StringComparison.Ordinal);
        Assert.Contains("id=\"result\"", report.ToHtml(), StringComparison.Ordinal);
        Assert.Contains(report.LeftOut, line => line.StartsWith("the maps of features", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/home/someone/bees/1.png", "bees/1.png")]
    [InlineData(@"C:\data\bees\1.png", "bees/1.png")]
    [InlineData("val/bees/1.png", "val/bees/1.png")]
    [InlineData("a\u202Egnp.exe", "a\uFFFDgnp.exe")]
    public void Names_of_samples_lose_what_is_before_their_folder(string name, string shown) => Assert.Equal(shown, SafeText.Name(name));
}
