namespace TransferLearning.Tests;

public sealed class ClassificationAccumulatorTests
{
    [Fact]
    public void Without_kept_scores_gives_all_but_the_rankings()
    {
        ClassificationReport whole = Filled(keepScores: true).ToReport(), lean = Filled(keepScores: false).ToReport();
        Assert.NotNull(whole.Scores!.MacroRocAuc);
        Assert.Null(lean.Scores!.MacroRocAuc);
        Assert.Null(lean.Scores.MacroAveragePrecision);
        Assert.Equal(whole.Confusion, lean.Confusion);
        Assert.Equal(whole.Scores.LogLoss, lean.Scores.LogLoss);
        Assert.Equal(whole.Scores.Brier, lean.Scores.Brier);
        Assert.Equal(whole.Scores.Calibration.ExpectedError, lean.Scores.Calibration.ExpectedError);
        Assert.Equal(whole.TopKAccuracy(2), lean.TopKAccuracy(2));
    }

    [Fact]
    public void Its_memory_does_not_grow_without_kept_scores()
    {
        ClassificationAccumulator accumulator = new(3, keepScores: false);
        accumulator.Add([0.2f, 0.3f, 0.5f], 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            accumulator.Add([0.2f, 0.3f, 0.5f], i % 3);
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1000);
        Assert.Equal(1001, accumulator.SampleCount);
    }

    [Fact]
    public void A_report_stays_as_it_was_when_more_samples_come()
    {
        ClassificationAccumulator accumulator = Filled(keepScores: true);
        ClassificationReport first = accumulator.ToReport();
        double? top = first.TopKAccuracy(1);
        accumulator.Add([0.0, 0.0, 1.0], 0);
        Assert.Equal(4, first.Confusion.Total);
        Assert.Equal(top, first.TopKAccuracy(1));
        Assert.Equal(5, accumulator.ToReport().SampleCount);
    }

    [Fact]
    public void Single_precision_and_double_give_the_same()
    {
        ClassificationAccumulator single = new(2);
        ClassificationAccumulator whole = new(2);
        single.Add([0.25f, 0.75f], 0);
        whole.Add([0.25, 0.75], 0);
        Assert.Equal(whole.ToReport().Scores!.LogLoss, single.ToReport().Scores!.LogLoss);
    }

    [Fact]
    public void A_refused_sample_leaves_no_trace()
    {
        ClassificationAccumulator accumulator = Filled(keepScores: true);
        string before = accumulator.ToReport().ToString();
        Assert.Throws<ArgumentException>(() => accumulator.Add([0.5, double.NaN, 0.5], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => accumulator.Add([0.5, 0.0, 0.5], 3));
        Assert.Throws<ArgumentException>(() => accumulator.Add([0.5, 0.5], 0));
        Assert.Equal(before, accumulator.ToReport().ToString());
    }

    [Fact]
    public void Refuses_to_mix_samples_with_and_without_scores()
    {
        Assert.Throws<InvalidOperationException>(() => Filled(keepScores: true).AddPrediction(0, 0));
        ClassificationAccumulator accumulator = new(2);
        accumulator.AddPrediction(0, 1);
        Assert.Throws<InvalidOperationException>(() => accumulator.Add([0.5, 0.5], 0));
    }

    [Fact]
    public void Refuses_names_for_another_number_of_classes()
        => Assert.Throws<ArgumentException>(() => Filled(keepScores: true).ToReport(["one", "two"]));

    [Fact]
    public void The_confusion_matrix_guards_its_bounds()
    {
        ConfusionMatrix confusion = Filled(keepScores: false).ToReport().Confusion;
        Assert.Throws<ArgumentOutOfRangeException>(() => confusion[0, 3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => confusion[-1, 0]);
        Assert.Equal(confusion, new ConfusionMatrix(confusion.ToArray()));
        Assert.Throws<ArgumentException>(() => new ConfusionMatrix(new long[1, 2]));
        Assert.Throws<ArgumentException>(() => new ConfusionMatrix(new long[0, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConfusionMatrix(new long[,] { { -1 } }));
    }

    private static ClassificationAccumulator Filled(bool keepScores)
    {
        ClassificationAccumulator accumulator = new(3, keepScores);
        accumulator.Add([0.7, 0.2, 0.1], 0);
        accumulator.Add([0.1, 0.3, 0.6], 1);
        accumulator.Add([0.3, 0.3, 0.4], 2);
        accumulator.Add([0.4, 0.4, 0.2], 1);
        return accumulator;
    }
}
