namespace TransferLearning;

/// <summary>How well a model does on a set of samples.</summary>
/// <param name="Task">What the task's measures say: a <see cref="ClassificationReport"/>, <see cref="MultiLabelReport"/>,
/// <see cref="RegressionReport"/>, …; see <see cref="Of{T}"/>.</param>
/// <param name="Loss">The mean loss over samples or, where tokens have labels, over those.</param>
/// <param name="Count">How many samples were evaluated.</param>
/// <param name="Skipped">The damaged samples that were skipped, where the caller allowed that.</param>
/// <param name="TruncatedSamples">How many samples were longer than the model takes and lost a part.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record EvaluationResult(
    TaskReport Task, double Loss, int Count, SkippedSamples Skipped, long TruncatedSamples, double Seconds)
{
    /// <summary>The share of what was predicted correctly, 0 to 1: samples, words, tokens; null for regression.</summary>
    public double? Accuracy => Task.CorrectShare;

    /// <summary>The number by which models are compared; null where the loss is that number.</summary>
    public Score? Score => Task.Score;

    /// <summary>How good it is, more is better: by score, or by loss for a task without.</summary>
    internal double Quality => Score is null ? -Loss : Score.IsHigherBetter ? Score.Value : -Score.Value;

    /// <summary>What was predicted for each sample; null unless <see cref="EvaluateOptions.Samples"/> asked for it.</summary>
    public SamplePredictions? Samples { get; init; }

    /// <summary>The report of a classifier: confusion matrix, precision, recall, F1 and more.</summary>
    /// <exception cref="InvalidOperationException">The model is for another task; the message names its report.</exception>
    public ClassificationReport Report => Task as ClassificationReport ?? (Task as TaggingReport)?.Tags ?? Of<ClassificationReport>();

    /// <summary>The report of the model's task.</summary>
    /// <typeparam name="T">The kind of report: <see cref="RegressionReport"/>, for example.</typeparam>
    /// <exception cref="InvalidOperationException">The model is for another task; the message names its report.</exception>
    public T Of<T>()
        where T : TaskReport
        => Task as T ?? throw new InvalidOperationException($"This evaluation gave a {Task.GetType().Name}, not a {typeof(T).Name}.");

    /// <inheritdoc/>
    public override string ToString()
        => Task is ClassificationReport
            ? Task.ToString()!
            : string.Create(CultureInfo.InvariantCulture, $"{Count} samples: loss {Loss:G5}{(Score is null ? "" : $", {Score}")}\n{Task}");
}
