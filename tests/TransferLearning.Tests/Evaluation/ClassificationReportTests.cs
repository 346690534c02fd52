namespace TransferLearning.Tests;

public sealed class ClassificationReportTests
{
    private static readonly string[] Names = ["cat", "dog", "a much longer name of a class, cut in the table"];

    [Fact]
    public void Without_scores_has_what_the_classes_alone_give()
    {
        ClassificationReport report = ClassificationReport.FromPredictions([0, 0, 1, 2], [0, 1, 1, 0], Names);
        Assert.Equal(0.5, report.Accuracy);
        Assert.Equal(4, report.SampleCount);
        Assert.Equal(0.5, report.Classes[1].Precision);
        Assert.Equal(1, report.Classes[1].Recall);
        Assert.Equal(2.0 / 3, report.Classes[1].F1, 1e-15);
        Assert.Null(report.Scores);
        Assert.Null(report.TopKAccuracy(1));
        Assert.Null(report.Classes[0].RocAuc);
        Assert.Equal(new ConfusionMatrix(new long[,] { { 1, 1, 0 }, { 0, 1, 0 }, { 1, 0, 0 } }), report.Confusion);
    }

    [Fact]
    public void Prints_a_table_like_the_familiar_one()
    {
        string[] lines = ClassificationReport.FromPredictions([0, 0, 1, 2], [0, 1, 1, 0], Names).ToString().Split('\n');
        Assert.Equal(new string(' ', 40) + "  precision     recall   f1-score    support", lines[0]);
        Assert.Equal(new string(' ', 37) + "cat     0.5000     0.5000     0.5000          2", lines[2]);
        Assert.Equal("a much longer name of a class, cut in t…     0.0000     0.0000     0.0000          1", lines[4]);
        Assert.Equal(new string(' ', 32) + "accuracy                           0.5000          4", lines[6]);
        Assert.Equal(new string(' ', 31) + "macro avg     0.3333     0.5000     0.3889          4", lines[7]);
        Assert.Contains("Cohen's kappa: 0.2000", lines);
    }

    [Fact]
    public void Says_undefined_where_a_measure_is()
    {
        string text = ClassificationReport.FromScores([0], [[1, 0]], ["only", "other"]).ToString();
        Assert.Contains("Cohen's kappa: undefined", text, StringComparison.Ordinal);
        Assert.Contains("ROC AUC, macro: undefined", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_input_that_does_not_fit()
    {
        Assert.Throws<ArgumentException>(() => ClassificationReport.FromPredictions([0, 1], [0], Names));
        Assert.Throws<InvalidOperationException>(() => ClassificationReport.FromPredictions([], [], Names));
        Assert.Contains("label 3", Assert.Throws<ArgumentOutOfRangeException>(
            () => ClassificationReport.FromPredictions([3], [0], Names)).Message, StringComparison.Ordinal);
        Assert.Contains("2 scores for 3", Assert.Throws<ArgumentException>(
            () => ClassificationReport.FromScores([0], [[1, 0]], Names)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ClassificationReport.FromPredictions([0], [0], Names).TopKAccuracy(0));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.PositiveInfinity)]
    public void Refuses_a_score_that_is_no_probability(double score)
        => Assert.Contains("class 1", Assert.Throws<ArgumentException>(
            () => ClassificationReport.FromScores([0], [[0.5, score, 0]], Names)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0, 10, 0, 0.277533)]
    [InlineData(5, 10, 0.236593, 0.763407)]
    [InlineData(10, 10, 0.722467, 1)]
    [InlineData(81, 263, 0.255289, 0.366210)]
    public void Knows_Wilsons_interval(long successes, long count, double lower, double upper)
    {
        ConfidenceInterval interval = ConfidenceInterval.Wilson(successes, count);
        Assert.Equal(lower, interval.Lower, 1e-6);
        Assert.Equal(upper, interval.Upper, 1e-6);
    }
}
