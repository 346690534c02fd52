using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class LearningCurveTests
{
    private static readonly int[] Counts = [25, 50, 100, 200, 400];

    [Theory]
    [InlineData(0.05, 1.0, 0.5)]
    [InlineData(0.0, 0.8, 0.3)]
    [InlineData(0.2, 3.0, 1.0)]
    public void A_power_law_is_found_again(double floor, double scale, double exponent)
    {
        PowerLaw law = new(floor, scale, exponent);
        PowerLaw found = PowerLaw.Fit(Counts, [.. Counts.Select(count => law.At(count))]);
        Assert.Equal(floor, found.Floor, 1e-9);
        Assert.Equal(scale, found.Scale, 1e-9);
        Assert.Equal(exponent, found.Exponent, 1e-9);
    }

    [Fact]
    public void Errors_that_do_not_fall_stay_where_they_are()
    {
        PowerLaw found = PowerLaw.Fit(Counts, [0.3, 0.3, 0.31, 0.3, 0.31]);
        Assert.Equal(0.304, found.At(1_000_000), 1e-9);
    }

    [Fact]
    public void A_curve_is_continued_between_its_bounds_and_never_leaves_0_to_1()
    {
        PowerLaw law = new(0, 2, 0.5);
        double[][] parts = [.. Enumerable.Range(-2, 5).Select(part => Counts.Select(n => 1 - law.At(n) - (0.01 * part)).ToArray())];
        LearningCurve curve = LearningCurve.Fit(Counts, parts, seed: 3);
        Assert.Equal(Counts, curve.Points.Select(point => point.Count));
        Assert.Equal(1 - law.At(100), curve.Points[2].Accuracy, 1e-9);
        Assert.Equal(Math.Sqrt(2.5e-4 / 5), curve.Points[2].StandardError, 1e-9);
        ExtrapolatedAccuracy more = curve.At(1600);
        Assert.Equal(1 - law.At(1600), more.Accuracy, 1e-9);
        Assert.InRange(more.Accuracy, more.Low, more.High);
        Assert.True(more.Low < more.High);
        Assert.Equal(more, LearningCurve.Fit(Counts, parts, seed: 3).At(1600));
        Assert.InRange(curve.At(int.MaxValue).High, 0, 1);
        Assert.InRange(curve.At(1).Low, 0, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => curve.At(0));
    }

    [Fact]
    public void Growing_parts_of_the_samples_are_measured_each_class_in_its_share()
    {
        using DisposeScope scope = NewDisposeScope();
        ProbeRows rows = Rows(160);
        LearningCurve curve = LearningCurve.Measure(rows, null, 1, new ModelRankingOptions { Folds = 4 }, default)!;
        Assert.Equal([14, 29, 59, 119], curve.Points.Select(point => point.Count));
        Assert.True(curve.Points[^1].Accuracy > 0.9);
        LearningCurve validated = LearningCurve.Measure(rows, Rows(60, seed: 9), 1, new ModelRankingOptions(), default)!;
        Assert.Equal([10, 20, 40, 80, 160], validated.Points.Select(point => point.Count));
    }

    [Fact]
    public void Too_few_samples_have_no_curve()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Null(LearningCurve.Measure(Rows(12), null, 1, new ModelRankingOptions(), default));
    }

    private static ProbeRows Rows(int count, long seed = 1)
    {
        using Generator generator = new((ulong)seed);
        Tensor labels = arange(count, dtype: ScalarType.Int64).remainder(3);
        Tensor means = nn.functional.one_hot(labels, 6).to(ScalarType.Float32).mul(3f);
        return new ProbeRows(randn([count, 6], generator: generator).add(means), labels, 3);
    }
}
