namespace TransferLearning.Tests;

/// <summary>The defaults of recipes are the published ones, as data.</summary>
public sealed class PublishedRecipeTests
{
    private static readonly NetworkStage[] Stages = [new("stem"), new("a"), new("b"), new("c")];

    // fastai's fit_one_cycle: cosines from lr / div to lr over a share of the positions s / n, and from there to lr / 1e5.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void The_cycles_of_fine_tune_are_those_of_fastai(int steps)
    {
        IReadOnlyList<RecipePhase> phases = new FastAiRecipe().PhasesOf(Stages);
        Assert.Equal([RecipePhase.HeadOnly, null], phases.Select(phase => phase.From));
        Assert.Equal([1, null], phases.Select(phase => phase.Epochs));
        Assert.Equal([1, 0.5], phases.Select(phase => phase.RateFactor));
        foreach ((RecipePhase phase, double share, double divisor) in new[] { (phases[0], 0.99, 25.0), (phases[1], 0.3, 5.0) })
        {
            for (int step = 0; step < steps; step++)
            {
                double at = step / (double)steps, rate = 0.002;
                double expected = at < share
                    ? Cosine(rate / divisor, rate, at / share)
                    : Cosine(rate, rate / 1e5, (at - share) / (1 - share));
                double momentum = at < share ? Cosine(0.95, 0.85, at / share) : Cosine(0.85, 0.95, (at - share) / (1 - share));
                ScheduleMoment moment = new(step, steps, steps, rate, []);
                Assert.Equal(expected, phase.Schedule!.LearningRate(moment), 1e-15);
                Assert.Equal(momentum, phase.Schedule.Momentum(moment)!.Value, 1e-12);
            }
        }

        static double Cosine(double from, double to, double share) => from + ((1 + Math.Cos(Math.PI * (1 - share))) * (to - from) / 2);
    }

    // even_mults(lr / 100, lr, n): each group's rate is the one before times 100^(1 / (n - 1)).
    [Fact]
    public void The_second_phase_of_fine_tune_spreads_rates_over_the_stages_as_a_slice_does()
    {
        StageRates rates = new FastAiRecipe().PhasesOf(Stages)[1].Rates!;
        double[] factors = [.. Enumerable.Range(0, 5).Select(i => rates.Of(i < 4 ? Stages[i].Name : StageRates.Head, 4 - i, 4))];
        Assert.Equal(0.01, factors[0], 1e-12);
        Assert.Equal(1, factors[4], 1e-12);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(Math.Pow(100, 0.25), factors[i + 1] / factors[i], 1e-9);
        }
    }

    [Fact]
    public void Ulmfit_unfreezes_a_stage_an_epoch_with_discriminative_rates_and_slanted_triangles()
    {
        IReadOnlyList<RecipePhase> phases = GradualUnfreezingRecipe.Ulmfit.PhasesOf(Stages);
        Assert.Equal([RecipePhase.HeadOnly, "c", "b", "a", null], phases.Select(phase => phase.From));
        Assert.Equal([1, 1, 1, 1, null], phases.Select(phase => phase.Epochs));
        Assert.All(phases, phase => Assert.Equal(1 / (2.6 * 2.6), phase.Rates!.Of("b", 2, 4), 1e-12));
        Assert.All(phases, phase => Assert.Equal(new SlantedTriangularSchedule(0.1, 32), phase.Schedule));
        Assert.Equal(
            [RecipePhase.HeadOnly, "b", null],
            new GradualUnfreezingRecipe { StagesEach = 2 }.PhasesOf(Stages).Select(phase => phase.From));
    }

    // The formula of section 3.2 of the paper, with T = 200, cut_frac = 0.1 and ratio = 32.
    [Fact]
    public void A_slanted_triangle_is_the_papers()
    {
        SlantedTriangularSchedule schedule = new();
        const int Total = 200, Cut = 20;
        for (int t = 0; t < Total; t++)
        {
            double p = t < Cut ? t / (double)Cut : 1 - ((t - Cut) / (Cut * ((1 / 0.1) - 1)));
            Assert.Equal(0.01 * (1 + (p * 31)) / 32, schedule.LearningRate(new ScheduleMoment(t, Total, 10, 0.01, [])), 1e-12);
        }

        for (int total = 1; total < 30; total++)
        {
            Assert.All(
                Enumerable.Range(0, total),
                t => Assert.InRange(schedule.LearningRate(new ScheduleMoment(t, total, 10, 1, [])), 1 / 32.0, 1));
        }
    }

    [Fact]
    public void A_linear_probe_then_everything()
    {
        IReadOnlyList<RecipePhase> phases = new LpFtRecipe().PhasesOf(Stages);
        Assert.Equal([(RecipePhase.HeadOnly, true), (null, false)], phases.Select(phase => (phase.From, phase.Probe is LogisticProbe)));
    }
}
