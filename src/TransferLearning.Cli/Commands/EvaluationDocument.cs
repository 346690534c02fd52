namespace TransferLearning.Cli;

/// <summary>An evaluation for other programs.</summary>
internal static class EvaluationDocument
{
    private const int Confusions = 20;

    public static object Of(EvaluationResult result)
    {
        ClassificationReport? classes = result.Task as ClassificationReport;
        return new
        {
            result.Count,
            result.Loss,
            result.Score,
            result.Accuracy,
            AccuracyInterval = classes?.AccuracyInterval,
            result.Seconds,
            Skipped = result.Skipped.Count,
            result.TruncatedSamples,
            Classes = classes?.Classes,
            Confusions = classes?.MostConfused(Confusions),
            Report = classes is null ? result.Task.ToString() : null,
        };
    }
}
