using SkiaSharp;

namespace TransferLearning.Reports.Tests;

public sealed class PlotTests
{
    [Fact]
    public void A_history_becomes_an_image_of_the_size_asked_for()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "curve.png");
        Examples.History(12).SavePlot(path, new PlotOptions { Width = 600, Height = 400, Scale = 2 });
        using SKBitmap image = SKBitmap.Decode(path);
        Assert.Equal((1200, 800), (image.Width, image.Height));
    }

    [Fact]
    public void Plots_have_letters()
    {
        // The same plot without a title differs where the title stands: the font of the package was found.
        using TemporaryFolder folder = new();
        string with = Path.Combine(folder.Path, "with.png"), without = Path.Combine(folder.Path, "without.png");
        Examples.History(5).SavePlot(with, new PlotOptions { Title = "Training of bees" });
        Examples.History(5).SavePlot(without, new PlotOptions { Title = "" });
        using SKBitmap image = SKBitmap.Decode(with);
        int dark = Enumerable.Range(0, image.Width).Count(x => Enumerable.Range(0, 40).Any(y => image.GetPixel(x, y).Red < 128));
        Assert.InRange(dark, 60, image.Width / 2);
        Assert.NotEqual(File.ReadAllBytes(with), File.ReadAllBytes(without));
    }

    [Fact]
    public void Cells_of_a_confusion_matrix_hold_their_numbers()
    {
        // Ten times as many samples have the same shares, so nothing but what is written differs.
        using TemporaryFolder folder = new();
        byte[] few = Drawn(1), many = Drawn(10);
        Assert.NotEqual(few, many);
        Assert.Equal(few, Drawn(1));

        byte[] Drawn(int times)
        {
            string path = Path.Combine(folder.Path, "confusion.png");
            int[] labels = [.. Enumerable.Range(0, 8 * times).Select(i => i % 2)];
            int[] predicted = [.. labels.Select((label, i) => i % 8 == 0 ? 1 - label : label)];
            ClassificationReport report = ClassificationReport.FromPredictions(labels, predicted, ["ant", "bee"]);
            EvaluationResult result = new(report, 0.5, labels.Length, SkippedSamples.None, 0, 1);
            result.SaveConfusionMatrix(path, new PlotOptions { Title = "the same" });
            return File.ReadAllBytes(path);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    [InlineData(1000)]
    public void A_confusion_matrix_of_any_number_of_classes_becomes_one_image(int classes)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "confusion.png");
        Examples.Result(classes).SaveConfusionMatrix(path);
        using SKBitmap image = SKBitmap.Decode(path);
        Assert.InRange(image.Width, 400, 2000);
        Assert.InRange(image.Height, 400, 2000);
    }

    [Fact]
    public void Every_theme_and_plot_can_be_drawn()
    {
        using TemporaryFolder folder = new();
        PlotOptions dark = new() { Theme = PlotTheme.Dark };
        EvaluationResult result = Examples.Result(5);
        result.SaveReliability(Path.Combine(folder.Path, "reliability.png"), dark);
        result.SaveConfusionMatrix(Path.Combine(folder.Path, "confusion.png"), dark);
        Examples.History(3).SavePlot(Path.Combine(folder.Path, "curve.png"), dark);
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);
        using SKBitmap image = SKBitmap.Decode(Path.Combine(folder.Path, "curve.png"));
        Assert.True(image.GetPixel(1, 1).Red < 60);
    }

    [Fact]
    public void What_cannot_be_drawn_says_why()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "plot.png");
        EvaluationResult regression = new(new RegressionReport(1, 2, 0.5, 10), 2, 10, SkippedSamples.None, 0, 1);
        Assert.Throws<InvalidOperationException>(() => regression.SaveConfusionMatrix(path));
        Assert.Throws<ArgumentException>(() => Examples.History(0).SavePlot(path));
        Assert.Throws<ArgumentOutOfRangeException>(() => Examples.History(2).SavePlot(path, new PlotOptions { Width = 10 }));
        Assert.Throws<DirectoryNotFoundException>(() => Examples.History(2).SavePlot(Path.Combine(folder.Path, "none", "plot.png")));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
