using System.Globalization;

namespace TransferLearning.Tests;

public sealed class SweepConfigurationsTests
{
    private static readonly SweepAxis Letters = SweepAxis.Of("letter", ["a", "b", "c"], (setup, _) => setup);
    private static readonly SweepAxis Rates = SweepAxis.LearningRate(0.1, 0.01);

    [Fact]
    public void A_grid_continues_from_bracket_to_bracket_and_begins_anew()
    {
        SweepConfigurations grid = new(new SweepOptions { Axes = [Letters, Rates], Sampling = SweepSampling.Grid });

        Assert.Equal(["a 0.1", "a 0.01", "b 0.1", "b 0.01"], Shown(grid.Of(1, 4)));
        Assert.Equal(["c 0.1", "c 0.01", "a 0.1"], Shown(grid.Of(0, 3)));
        Assert.Equal(6, grid.Of(2, 50).Count);
    }

    [Fact]
    public void Random_configurations_of_lists_are_drawn_by_seed_and_bracket_and_none_comes_twice()
    {
        SweepOptions options = new() { Axes = [Letters, Rates], Seed = 4 };
        string[] drawn = Shown(new SweepConfigurations(options).Of(2, 6));

        Assert.Equal(drawn, Shown(new SweepConfigurations(options).Of(2, 6)));
        Assert.Equal(6, drawn.Distinct().Count());
        Assert.Equal(drawn[..2], Shown(new SweepConfigurations(options).Of(2, 2)));
        Assert.NotEqual(drawn, Shown(new SweepConfigurations(options).Of(1, 6)));
        Assert.NotEqual(drawn, Shown(new SweepConfigurations(options with { Seed = 5 }).Of(2, 6)));
        Assert.Equal(6, new SweepConfigurations(options).Of(2, 100).Count);
    }

    [Fact]
    public void Numbers_of_ranges_lie_in_them_and_are_what_their_names_say()
    {
        SweepOptions options = new()
        {
            Axes = [SweepAxis.LearningRateBetween(1e-5, 1e-1), SweepAxis.Uniform("x", -2, 2, (setup, _) => setup)],
        };
        IReadOnlyList<IReadOnlyList<string>> drawn = new SweepConfigurations(options).Of(0, 400);
        double[] rates = [.. drawn.Select(values => double.Parse(values[0], CultureInfo.InvariantCulture))];
        double[] numbers = [.. drawn.Select(values => double.Parse(values[1], CultureInfo.InvariantCulture))];

        Assert.All(rates, rate => Assert.InRange(rate, 1e-5, 1e-1));
        Assert.InRange(rates.Count(rate => rate < 1e-3), 150, 250); // half of the powers of ten
        Assert.All(numbers, number => Assert.InRange(number, -2, 2));
        Assert.InRange(numbers.Average(), -0.3, 0.3);
        Assert.Equal(drawn, new SweepConfigurations(options).Of(0, 400));

        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        SweepSetup setup = options.Axes[0].Apply(new SweepSetup(model, new AdamW(), new FineTuneOptions()), drawn[0][0]);
        Assert.Equal(rates[0], setup.Optimizer.LearningRate);
    }

    [Fact]
    public void Wrong_axes_and_options_are_refused_with_the_remedy()
    {
        Assert.Throws<ArgumentException>(() => SweepAxis.Of("twice", ["a", "a"], (setup, _) => setup));
        Assert.Throws<ArgumentException>(() => SweepAxis.Of<string>("none", [], (setup, _) => setup));
        Assert.Throws<ArgumentOutOfRangeException>(() => SweepAxis.Uniform("empty", 1, 1, (setup, _) => setup));
        Assert.Throws<ArgumentOutOfRangeException>(() => SweepAxis.LearningRateBetween(0, 1));
        SweepOptions options = new() { Axes = [Letters] };
        Refused(options with { Axes = [] }, nameof(SweepOptions.Axes));
        Refused(options with { Axes = [Letters, Letters] }, nameof(SweepOptions.Axes));
        Refused(options with { Configurations = 3 }, nameof(SweepMethod.SuccessiveHalving));
        Refused(options with { Sampling = SweepSampling.Grid, Axes = [SweepAxis.LearningRateBetween(0.1, 1)] }, "list its values");
        FineTuneOptions saved = new() { Checkpoints = new CheckpointPolicy("x") };
        Refused(options with { Training = saved }, nameof(FineTuneOptions.Checkpoints));
        Refused(options with { Eta = 1 }, nameof(SweepOptions.Eta));
        Refused(options with { MaximumEpochs = 2, MinimumEpochs = 3 }, nameof(SweepOptions.MaximumEpochs));

        static void Refused(SweepOptions options, string named)
            => Assert.Contains(named, Assert.ThrowsAny<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    private static string[] Shown(IReadOnlyList<IReadOnlyList<string>> configurations)
        => [.. configurations.Select(values => string.Join(' ', values))];
}
