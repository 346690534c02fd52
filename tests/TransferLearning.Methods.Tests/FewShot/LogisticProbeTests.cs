using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Logistic heads of a few samples that a plane separates, where a weak penalty lets weights grow.</summary>
public sealed class LogisticProbeTests
{
    // What scikit-learn 1.2.1 gives: LogisticRegression(C=C, tol=1e-12, multi_class="multinomial", solver="newton-cg").
    public static TheoryData<double, double[], double> Fits => new()
    {
        { 0.01, [0.06307019, 0.02537032, -0.02004107], 0.00585471 },
        { 1, [0.92231153, 0.32061135, -0.27180242], 0.12034057 },
        { 1000, [4.17368143, 2.11223193, -1.33853701], 0.09475559 },
    };

    [Theory]
    [MemberData(nameof(Fits))]
    public void A_head_of_separable_samples_equals_the_reference(double c, double[] weight, double bias)
    {
        using Tensor x = Features(), y = Labels();
        using LinearFit fit = new LogisticProbe { C = c, Standardize = false, Tolerance = 1e-8 }.Fit(x, y, new Classification(2));
        Assert.All(weight.Zip(fit.Weight[1].data<double>()), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * Math.Abs(pair.First)));
        Assert.Equal(bias, (fit.Bias[1].item<double>() - fit.Bias[0].item<double>()) / 2, 1e-4 * Math.Max(1, Math.Abs(bias)));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void A_fit_ends_where_rounding_hides_what_is_left_to_gain(ScalarType type)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn(14, 16, generator: new Generator(3)).to(type), y = arange(14, dtype: ScalarType.Int64).remainder(3);
        LogisticLoss loss = new(x, x.square().sum([0]), y, 3);
        foreach (double strength in new[] { 1e3, 1e6, 1e9 })
        {
            int evaluations = 0;
            (_, double value, _, bool hasConverged) = LimitedMemoryBfgs.Minimize(
                point =>
                {
                    evaluations++;
                    return loss.At(point, strength);
                },
                loss.Start, loss.InverseCurvature(strength, loss.Start), 1e-5, 2000, default);
            Assert.True(hasConverged);
            Assert.InRange(evaluations, 1, 1000);
            Assert.InRange(value, 0, strength * 14 * Math.Log(3));
        }
    }

    [Fact]
    public void Cross_validation_of_few_separable_samples_tries_every_penalty()
    {
        using Tensor x = Features(), y = Labels();
        using LinearFit fit = new LogisticProbe().Fit(x, y, new Classification(2));
        Assert.True(fit.HasConverged);
        Assert.All(fit.Candidates, candidate => Assert.True(double.IsFinite(candidate.Loss)));
        Assert.Equal(fit.Candidates.MinBy(candidate => candidate.Loss)!.Strength, fit.Strength);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Samples_that_are_fitted_closely_curve_the_function_less_than_at_the_start(int classes)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Features(), y = arange(12, dtype: ScalarType.Int64).remainder(classes), squares = x.square().sum([0]);
        LogisticLoss loss = new(x, squares, y, classes);
        Tensor start = loss.InverseCurvature(5, loss.Start);
        double share = 5.0 / classes; // of alike classes
        Tensor curvature = cat([squares.mul(share).add(1).repeat(classes), full([classes], share * 12, ScalarType.Float64)], 0);
        Assert.True(allclose(curvature.reciprocal(), start, rtol: 1e-5));
        Tensor fitted = LimitedMemoryBfgs.Minimize(at => loss.At(at, 5), loss.Start, start, 1e-5, 2000, default).Point;
        Assert.True(loss.InverseCurvature(5, fitted).gt(start).all().item<bool>());
        Tensor beyond = loss.InverseCurvature(5, fitted.mul(1e6)); // where every probability rounds to 0 or 1
        Assert.True(beyond.isfinite().all().item<bool>());
    }

    private static Tensor Labels() => arange(12, dtype: ScalarType.Int64).remainder(2);

    // Two clouds with a gap between them.
    private static Tensor Features() => tensor(
        new[,]
        {
            { -1.40, -1.16, 0.18 },
            { 1.21, 1.07, -0.25 },
            { -1.28, -0.89, 0.67 },
            { 1.82, 0.64, -0.92 },
            { -1.48, 0.30, 0.40 },
            { 0.13, 0.46, -0.88 },
            { -1.31, -0.74, -0.06 },
            { 1.28, 0.47, -0.59 },
            { -0.80, -0.09, -0.52 },
            { 0.87, 0.01, -0.39 },
            { -1.64, -0.49, 0.28 },
            { 0.85, -0.02, -0.50 },
        });
}
