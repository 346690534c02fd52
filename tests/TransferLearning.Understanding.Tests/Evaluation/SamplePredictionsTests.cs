namespace TransferLearning.Tests;

public sealed class SamplePredictionsTests
{
    private static readonly string[] Names = ["ant", "bee"];

    // Right and sure, wrong and sure, wrong and unsure, right and unsure.
    private static readonly SamplePredictions Four = SamplePredictions.FromLogits(
        [0, 0, 1, 1], [[4, 0], [-3, 0], [1, 0], [0, 0.5f]], Names, index => $"{(index < 2 ? "web" : "camera")}/{index}.jpg");

    [Fact]
    public void Each_sample_has_its_class_prediction_score_and_loss()
    {
        SamplePrediction wrong = Four[1];
        Assert.Equal((1, "web/1.jpg", "ant", "bee"), (wrong.Index, wrong.Name, wrong.LabelName, wrong.PredictedName));
        Assert.False(wrong.IsCorrect);
        Assert.Equal(1 / (1 + Math.Exp(-3)), wrong.Score, 1e-6);
        Assert.Equal(Math.Log(1 + Math.Exp(3)), wrong.Loss, 1e-6);
        Assert.Equal(1, Four.ProbabilitiesOf(2).Sum(), 1e-12);
        Assert.Equal([1f, 0f], Four.OutputsOf(2).ToArray());
    }

    [Fact]
    public void Mistakes_come_with_the_largest_loss_first()
    {
        Assert.Equal([1, 2], Four.WorstMistakes().Select(mistake => mistake.Index));
        Assert.Equal([1], Four.WorstMistakes(1).Select(mistake => mistake.Index));
        Assert.Equal("'web/1.jpg': ant, predicted bee with 0.953, loss 3.049", Four.WorstMistakes()[0].ToString());
    }

    [Fact]
    public void Slices_come_with_the_worst_first_and_small_ones_are_said_to_be_small()
    {
        SamplePredictions many = SamplePredictions.FromLogits(
            [.. Enumerable.Range(0, 80).Select(_ => 0)],
            [.. Enumerable.Range(0, 80).Select(i => (float[])[i < 5 || i % 4 > 0 ? 1 : -1, 0])],
            Names);
        IReadOnlyList<EvaluationSlice> slices
            = many.Slices(sample => sample.Index < 5 ? "first" : sample.Index == 79 ? null : "rest");
        Assert.Equal(["rest", "first"], slices.Select(slice => slice.Name));
        Assert.Equal([74, 5], slices.Select(slice => slice.Count));
        Assert.Equal([false, true], slices.Select(slice => slice.IsSmall));
        Assert.Equal(ConfidenceInterval.Wilson(56, 74), slices[0].Interval);
        Assert.Equal(56 / 74.0, slices[0].Accuracy);
        Assert.EndsWith("5 samples, too few to say much", slices[1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Slices_of_sizes_are_thirds_of_the_samples_and_those_of_sources_their_folders()
    {
        float[] ant = [1, 0];
        SamplePredictions samples = SamplePredictions.FromLogits(
            [0, 0, 0, 0, 0, 1], [ant, ant, ant, ant, ant, ant], ["ant", "bee"], index => index < 4 ? $"a/b/{index}.png" : $"{index}.png");
        using Dataset images = Dataset.FromImages(
            [.. Enumerable.Range(1, 6).Select(side => new RawImage(side, 10, new byte[side * 10 * 3]))],
            [0, 0, 0, 0, 0, 1],
            ["ant", "bee"]);
        Assert.Equal(
            [("above 40", 2, 0.5), ("21 to 40", 2, 1), ("up to 20", 2, 1)],
            samples.SlicesBySize(images).Select(slice => (slice.Name, slice.Count, slice.Accuracy!.Value)));
        EvaluationSlice only = Assert.Single(samples.SlicesBySource());
        Assert.Equal((Path.Combine("a", "b"), 4), (only.Name, only.Count));
        using InMemoryDataset texts = new(
            [.. Enumerable.Range(1, 6).Select(length => new Sample("text", length / 6, new TextContent(new string('x', length))))],
            ["ant", "bee"]);
        Assert.Equal("above 4", samples.SlicesBySize(texts)[0].Name);
    }

    [Fact]
    public void Slices_of_classes_and_of_names_are_those_of_the_samples()
    {
        Assert.Equal(["ant", "bee"], Four.SlicesByClass().Select(slice => slice.Name).Order());
        IReadOnlyList<EvaluationSlice> bySource = Four.Slices(sample => sample.Name.Split('/')[0]);
        Assert.Equal([0.5, 0.5], bySource.Select(slice => slice.Accuracy!.Value));
        Assert.Equal("web", bySource[0].Name); // of equal accuracy the one with the larger loss
    }

    [Fact]
    public void An_interval_of_any_measure_holds_its_value()
    {
        BootstrapInterval accuracy = Four.Interval(report => report.Accuracy);
        Assert.Equal((0.5, 0.0, 1.0), (accuracy.Value, accuracy.Lower, accuracy.Upper));
        BootstrapInterval brier = Four.Interval(report => report.Scores!.Brier, new BootstrapOptions { Resamples = 20 });
        Assert.InRange(brier.Value, brier.Lower, brier.Upper);
    }

    [Fact]
    public void Reliability_is_that_of_the_report()
    {
        ClassificationReport report = ClassificationReport.FromScores(
            [0, 0, 1, 1], [.. Enumerable.Range(0, 4).Select(Four.ProbabilitiesOf)], Names);
        Assert.Equal(report.Scores!.Calibration.ExpectedError, Four.Reliability().ExpectedError, 1e-6);
        Assert.Equal([2L, 2L], Four.Reliability(2, equalMass: true).Bins.Select(bin => bin.Count));
    }

    [Fact]
    public void Pairs_that_are_confused_most_come_first_with_their_share()
    {
        ClassificationReport report = ClassificationReport.FromPredictions(
            [0, 0, 0, 1, 1, 2], [1, 1, 0, 0, 1, 1], ["ant", "bee", "cat"]);
        Assert.Equal(
            ["ant taken for bee: 2 (66.7 %)", "bee taken for ant: 1 (50.0 %)", "cat taken for bee: 1 (100.0 %)"],
            report.MostConfused().Select(pair => pair.ToString()));
        Assert.Single(report.MostConfused(1));
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        Assert.Throws<ArgumentException>(() => SamplePredictions.FromLogits([0], [[1, 2, 3]], Names));
        Assert.Throws<ArgumentException>(() => SamplePredictions.FromLogits([2], [[1, 2]], Names));
        Assert.Throws<ArgumentException>(() => SamplePredictions.FromLogits([0, 1], [[1, 2]], Names));
    }
}
