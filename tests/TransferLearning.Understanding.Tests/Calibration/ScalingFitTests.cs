namespace TransferLearning.Tests;

public sealed class ScalingFitTests
{
    [Fact]
    public void A_temperature_of_logits_of_any_size_is_found()
    {
        double[][] logits = [.. Enumerable.Range(0, 40).Select(i => (double[])[i % 4 == 0 ? -300 : 300, 0, 1e-3 * i])];
        TemperatureFit fit = TemperatureScaling.Fit(logits, [.. Enumerable.Repeat(0, 40)]);
        double[][] turned = [.. logits.Select(row => (double[])[-row[0], row[1], row[2]])];
        Assert.Equal(TemperatureLimit.Upper, TemperatureScaling.Fit(turned, [.. Enumerable.Repeat(0, 40)]).Limit);
        Assert.InRange(fit.Temperature, 50, 100);
        Assert.True(fit.Loss < fit.LossBefore);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([], []));
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([[1, 2]], [2]));
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([[1, double.NaN]], [0]));
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([[1, 2], [1]], [0, 0]));
        Assert.Throws<ArgumentException>(() => PlattScaling.Fit([1], [true, false]));
        Assert.Throws<ArgumentException>(() => IsotonicRegression.Fit([double.NaN], [true]));
    }

    [Fact]
    public void Vector_scaling_without_a_best_one_is_refused_with_what_to_do()
    {
        Assert.Contains(
            "temperature", Assert.Throws<InvalidOperationException>(() => VectorScaling.Fit([[1, 0, 0], [0, 1, 0]], [0, 1])).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => VectorScaling.Fit([[2, 0], [0, 2]], [0, 1]));
    }

    [Fact]
    public void Scores_that_are_all_equal_give_the_share_of_the_outcome()
    {
        PlattScaling platt = PlattScaling.Fit([2, 2, 2, 2], [true, true, true, false])!;
        Assert.Equal(((3 * 0.8) + (1 / 3.0)) / 4, platt.Probability(2), 1e-9); // the mean of the smoothed targets
        Assert.Null(PlattScaling.Fit([2, 2, 2, 2], [true, true, true, false], isSmoothed: false));
        IsotonicRegression isotonic = IsotonicRegression.Fit([2, 2, 2, 2], [true, true, true, false]);
        Assert.Equal([0.75, 0.75, 0.75], new[] { -9.0, 2, 9 }.Select(isotonic.Probability));
    }

    [Fact]
    public void One_outcome_alone_has_a_fit_only_with_smoothed_targets()
    {
        Assert.InRange(PlattScaling.Fit([1, 2, 3], [true, true, true])!.Probability(2), 0.79, 0.81);
        Assert.Null(PlattScaling.Fit([1, 2, 3], [true, true, true], isSmoothed: false));
        Assert.Equal(1, IsotonicRegression.Fit([1, 2, 3], [true, true, true]).Probability(0));
    }

    [Fact]
    public void Bins_of_equal_mass_may_be_empty_and_hold_equal_scores_in_their_order()
    {
        Calibration mass = Calibration.OfEqualMass([0.5, 0.5, 0.5], [true, false, true], 5);
        Assert.Equal([1L, 1, 1, 0, 0], mass.Bins.Select(bin => bin.Count));
        Assert.Equal([1.0, 0.0, 1.0], mass.Bins.Take(3).Select(bin => bin.Accuracy!.Value));
        Assert.Throws<ArgumentException>(() => Calibration.OfEqualMass([], []));
        Assert.Throws<ArgumentException>(() => Calibration.OfEqualWidth([double.NaN], [true]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Calibration.OfEqualWidth([0.5], [true], 0));
    }

    [Fact]
    public void The_classwise_error_of_believable_scores_is_zero()
        => Assert.Equal(0, Calibration.ClasswiseError([[0.5, 0.5], [0.5, 0.5]], [0, 1]), 1e-12);
}
