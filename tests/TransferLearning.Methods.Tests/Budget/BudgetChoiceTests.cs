namespace TransferLearning.Tests;

public sealed class BudgetChoiceTests
{
    private static readonly MeasuredMean OneSecond = MeasuredMean.Of([1, 1, 1, 1]);

    private static readonly BudgetCosts Costs = new() { Epochs = 10, Batches = 100, Step = OneSecond };

    [Fact]
    public void The_interval_of_a_sum_is_that_of_Students_distribution_by_the_measured_spread()
    {
        MeasuredMean time = MeasuredMean.Of([1, 2, 3, 4]);

        Assert.Equal((2.5, 4), (time.Mean, time.Count));
        Assert.Equal(Math.Sqrt(5.0 / 3), time.Deviation, 12);
        Assert.Equal(3.182 * Math.Sqrt(5.0 / 3) * Math.Sqrt((100 * 100 / 4.0) + 100), time.HalfWidth(100), 9);
        Assert.Equal(0.5 * 7 * 3, MeasuredMean.Of([7]).HalfWidth(3), 12); // one says nothing of the spread
        Assert.Equal(0, default(MeasuredMean).HalfWidth(3));
    }

    [Fact]
    public void Independent_errors_add_as_squares_and_are_never_below_a_twentieth()
    {
        MeasuredMean wide = MeasuredMean.Of([1, 3]), exact = OneSecond;
        double half = wide.HalfWidth(5);
        TimeEstimate estimate = TimeEstimate.Of((wide, 5), (exact, 100), (wide, 5));

        Assert.Equal(120, estimate.Seconds, 12);
        Assert.Equal(Math.Sqrt(2) * half, estimate.HalfWidth, 9);
        Assert.Equal(0.05 * 100, TimeEstimate.Of((exact, 100)).HalfWidth, 12);
        Assert.Equal(0, new TimeEstimate(1, 5).Low);
    }

    [Theory]
    [InlineData(1050, 10, 100)]    // all: 1,000 s and the twentieth
    [InlineData(1049, 9, 100)]     // whole epochs
    [InlineData(525, 5, 100)]
    [InlineData(180, 2, 85)]       // one whole epoch would lose two fifths of what fits
    [InlineData(120, 1, 100)]      // and here less than a fifth
    [InlineData(104, 1, 99)]       // not even one
    [InlineData(2.2, 1, 2)]
    [InlineData(1, 0, 0)]          // not even a step
    public void Whole_epochs_fit_or_shorter_ones_where_a_fifth_would_be_lost(double available, int epochs, int batches)
    {
        BudgetChoice choice = BudgetChoice.Of(Costs, available);

        Assert.Equal((0, epochs), (choice.Views, choice.Epochs));
        Assert.Equal(epochs == 0 ? 0 : batches, choice.Epochs == 0 ? 0 : choice.Batches);
    }

    [Fact]
    public void Shorter_epochs_have_whole_steps()
    {
        BudgetCosts costs = Costs with { AccumulationSteps = 8, Batches = 100 };

        Assert.Equal(13, costs.StepsOf(100));
        Assert.Equal(new BudgetChoice(0, 1, 40), BudgetChoice.Of(costs, 1.05 * 5));
        Assert.Equal(new BudgetChoice(0, 1, 100), BudgetChoice.Of(costs, 1.05 * 13));
    }

    [Fact]
    public void Evaluations_count_those_within_epochs_too()
    {
        BudgetCosts costs = Costs with
        {
            ValidationBatches = 11,
            Validation = new PassCosts(MeasuredMean.Of([5, 5]), OneSecond),
            EvaluateEvery = 25,
        };

        // Steps, and after 25, 50, 75 and 100 of them 5 + 10 s.
        Assert.Equal(10 * (100 + (4 * 15.0)), costs.Estimate(0, 10, 100).Seconds, 9);
        Assert.Equal(1.05 * 15, costs.Reserve(0, slack: -1), 9);
        Assert.Equal((1.05 * 15) + 0.4, costs.Reserve(0, slack: 0.4), 9);
        Assert.Equal(1.05 * 16, costs.Reserve(0, slack: 7), 9);
    }

    [Fact]
    public void What_is_frozen_is_computed_once_unless_the_samples_alone_cost_too_much()
    {
        BudgetCosts costs = Costs with { Features = new PassCosts(OneSecond, OneSecond), StepOnFeatures = MeasuredMean.Of([0.1, 0.1]) };

        Assert.Equal(200, costs.Estimate(1, 10, 100).Seconds, 9); // 100 s for features, and 1,000 steps
        Assert.Equal(new BudgetChoice(1, 10, 100), BudgetChoice.Of(costs, 210));
        Assert.Equal(new BudgetChoice(1, 10, 100), BudgetChoice.Of(costs, 5000)); // as without a limit
        Assert.Equal(new BudgetChoice(0, 1, 57), BudgetChoice.Of(costs, 60)); // features of all samples do not fit
    }

    [Fact]
    public void Where_samples_are_drawn_views_are_used_again_only_for_want_of_time()
    {
        BudgetCosts costs = Costs with
        {
            Features = new PassCosts(OneSecond, OneSecond),
            StepOnFeatures = MeasuredMean.Of([0.1, 0.1]),
            MostViews = 8,
            Draws = true,
        };

        Assert.Equal(new BudgetChoice(0, 10, 100), BudgetChoice.Of(costs, 1050));
        Assert.Equal(new BudgetChoice(8, 10, 100), BudgetChoice.Of(costs, 1000)); // 800 s for views, 100 s for steps
        Assert.Equal(new BudgetChoice(4, 10, 100), BudgetChoice.Of(costs, 530)); // 400 + 100
        Assert.Equal(new BudgetChoice(1, 10, 100), BudgetChoice.Of(costs, 212));
    }
}
