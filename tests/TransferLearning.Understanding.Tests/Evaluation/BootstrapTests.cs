namespace TransferLearning.Tests;

public sealed class BootstrapTests
{
    private static readonly double[] Values = [.. Enumerable.Range(0, 200).Select(i => (double)(i % 10))];

    [Fact]
    public void The_interval_of_a_mean_is_that_of_the_normal_distribution()
    {
        BootstrapInterval interval = Bootstrap.Interval(200, places => places.Average(i => Values[i]));
        double half = 1.96 * Math.Sqrt(8.25 / 200);
        Assert.Equal(4.5, interval.Value);
        Assert.Equal(4.5 - half, interval.Lower, 0.05);
        Assert.Equal(4.5 + half, interval.Upper, 0.05);
        Assert.Equal((1000, 0), (interval.Resamples, interval.Undefined));
    }

    [Fact]
    public void One_seed_gives_one_interval_and_another_seed_another()
    {
        BootstrapInterval first = Mean(new BootstrapOptions { Seed = 3, Resamples = 50 });
        Assert.Equal(first, Mean(new BootstrapOptions { Seed = 3, Resamples = 50 }));
        Assert.NotEqual(first, Mean(new BootstrapOptions { Seed = 4, Resamples = 50 }));
    }

    [Fact]
    public void A_wider_confidence_gives_a_wider_interval()
    {
        (BootstrapInterval narrow, BootstrapInterval wide)
            = (Mean(new BootstrapOptions { Confidence = 0.5 }), Mean(new BootstrapOptions { Confidence = 0.99 }));
        Assert.True(wide.Lower < narrow.Lower && wide.Upper > narrow.Upper);
    }

    [Fact]
    public void Percentiles_are_interpolated_between_values()
    {
        Assert.Equal(2.5, Bootstrap.Percentile([1, 2, 3, 4], 0.5));
        Assert.Equal(1.3, Bootstrap.Percentile([1, 2, 3, 4], 0.1), 1e-12);
        Assert.Equal(7, Bootstrap.Percentile([7], 0.9));
    }

    [Fact]
    public void Resamples_without_the_measure_are_left_out_and_counted()
    {
        // Whether the one sample of a class is drawn is a matter of chance.
        BootstrapInterval interval = Bootstrap.Interval(5, places => places.Contains(0) ? 1 : double.NaN);
        Assert.InRange(interval.Undefined, 200, 450);
        Assert.Equal(1000, interval.Resamples + interval.Undefined);
        Assert.Throws<InvalidOperationException>(() => Bootstrap.Interval(5, _ => null));
    }

    [Fact]
    public void A_single_sample_has_an_interval_of_no_width()
    {
        BootstrapInterval interval = Bootstrap.Interval(1, places => places[0] + 3.0);
        Assert.Equal((3.0, 3.0, 3.0), (interval.Value, interval.Lower, interval.Upper));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Mean(new BootstrapOptions { Confidence = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Mean(new BootstrapOptions { Resamples = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Interval(0, _ => 1));
    }

    private static BootstrapInterval Mean(BootstrapOptions options)
        => Bootstrap.Interval(200, places => places.Average(i => Values[i]), options);
}
