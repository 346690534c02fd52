namespace TransferLearning.Tests;

public sealed class ScheduleTests
{
    [Fact]
    public void A_constant_rate_is_the_optimisers()
        => Assert.Equal([0.1, 0.1, 0.1], Rates(new ConstantSchedule(), steps: 3, stepsPerEpoch: 2));

    [Fact]
    public void A_step_schedule_counts_epochs_unless_another_unit_is_set()
    {
        StepSchedule schedule = new(2, gamma: 0.5);
        Assert.Equal([1, 1, 1, 1, 0.5, 0.5], Rates(schedule, steps: 6, stepsPerEpoch: 2, rate: 1));
        Assert.Equal([1, 1, 0.5, 0.5, 0.25, 0.25], Rates(schedule with { Unit = ScheduleUnit.Step }, steps: 6, stepsPerEpoch: 2, rate: 1));
    }

    [Fact]
    public void A_cosine_without_a_length_spans_the_run_step_by_step()
    {
        double[] rates = Rates(new CosineSchedule(), steps: 4, stepsPerEpoch: 2, rate: 1);
        Assert.Equal(1, rates[0]);
        Assert.Equal(0.5, rates[2], 1e-15);
        Assert.True(rates[0] > rates[1] && rates[1] > rates[2] && rates[2] > rates[3] && rates[3] > 0);
    }

    [Fact]
    public void A_cosine_can_hold_its_smallest_rate()
        => Assert.Equal([0.2, 0.2], Rates(new CosineSchedule(2, 0.2) { HoldAtEnd = true }, steps: 4, stepsPerEpoch: 1, rate: 1)[2..]);

    [Fact]
    public void A_warm_up_leaves_the_rest_of_the_run_to_what_follows()
    {
        double[] rates = Rates(new WarmupSchedule(new CosineSchedule(), 4, startFactor: 0.5), steps: 8, stepsPerEpoch: 2, rate: 1);
        Assert.Equal([0.5, 0.625, 0.75, 0.875, 1], rates[..5]);
        Assert.Equal(0.5, rates[6], 1e-15);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_warm_up_longer_than_the_run_never_ends(int length)
    {
        double[] rates = Rates(new WarmupSchedule(new CosineSchedule(), length), steps: 4, stepsPerEpoch: 4);
        Assert.Equal([0, 0.1 / length, 0.2 / length], rates[..3].Select(rate => Math.Round(rate, 12)), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.InRange(rates[3], 0, 0.1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public void One_cycle_peaks_at_the_optimisers_rate_and_stays_a_number(int steps)
    {
        foreach (OneCycleSchedule schedule in (OneCycleSchedule[])[new(), new() { ThreePhases = true }, new() { Linear = true }])
        {
            double[] rates = Rates(schedule, steps, stepsPerEpoch: 1);
            Assert.All(rates, rate => Assert.InRange(rate, 0, 0.1));
            Assert.True(steps < 100 || rates.Max() > 0.0999);
        }
    }

    [Fact]
    public void Only_schedules_that_say_so_move_the_momentum()
    {
        ScheduleMoment moment = new(0, 10, 1, 0.1, []);
        Assert.Null(new CosineSchedule().Momentum(moment));
        Assert.Equal(0.95, new OneCycleSchedule().Momentum(moment));
        Assert.Equal(0.95, new WarmupSchedule(new OneCycleSchedule(), 2).Momentum(moment));
        Assert.Null(new OneCycleSchedule { MovesMomentum = false }.Momentum(moment));
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_by_name()
    {
        AssertRefused("stepSize", () => new StepSchedule(0));
        AssertRefused("gamma", () => new StepSchedule(1, -0.1));
        AssertRefused("milestones", () => new MultiStepSchedule([3, -1]));
        AssertRefused("length", () => new CosineSchedule(0));
        AssertRefused("minimumRate", () => new CosineSchedule(1, double.NaN));
        AssertRefused("startFactor", () => new WarmupSchedule(new ConstantSchedule(), 1, 2));
        AssertRefused("factor", () => new ReduceOnPlateauSchedule(factor: 1));
        AssertRefused("climbShare", () => new OneCycleSchedule(climbShare: 0));
        AssertRefused("maximumRate", () => new CyclicSchedule(0.2, 0.1));

        static void AssertRefused(string name, Func<object> make)
            => Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(make).ParamName);
    }

    private static double[] Rates(LearningRateSchedule schedule, int steps, int stepsPerEpoch, double rate = 0.1)
        => [.. Enumerable.Range(0, steps).Select(t => schedule.LearningRate(new ScheduleMoment(t, steps, stepsPerEpoch, rate, [])))];
}
