namespace TransferLearning;

/// <summary>How well a classifier does, by the usual measures; definitions and degenerate cases as in scikit-learn.</summary>
/// <remarks><see cref="ToString"/> gives a readable table.</remarks>
public sealed record ClassificationReport : TaskReport
{
    private readonly long[]? _rankCounts;

    /// <summary>Makes a report of what an accumulator has counted.</summary>
    /// <param name="confusion">The counts, at least one.</param>
    /// <param name="classes">The measures of each class.</param>
    /// <param name="scores">The measures of the scores, where there were any.</param>
    /// <param name="rankCounts">How many samples had how many classes before the true one, where there were scores.</param>
    internal ClassificationReport(ConfusionMatrix confusion, IReadOnlyList<ClassMetrics> classes, ScoreMetrics? scores, long[]? rankCounts)
    {
        _rankCounts = rankCounts;
        Confusion = confusion;
        Classes = classes;
        Scores = scores;
        SampleCount = confusion.Total;
        Accuracy = confusion.Correct / (double)SampleCount;
        AccuracyInterval = ConfidenceInterval.Wilson(confusion.Correct, SampleCount);
        BalancedAccuracy = classes.Where(c => c.Support > 0).Average(c => c.Recall);
        Macro = ClassificationMath.Average(classes, _ => 1);
        MacroOfPresent = ClassificationMath.Average([.. classes.Where(c => c.Support > 0 || c.Predicted > 0)], _ => 1);
        Weighted = ClassificationMath.Average(classes, c => c.Support);
        Micro = new AveragedMetrics(Accuracy, Accuracy, Accuracy);
        CohenKappa = ClassificationMath.Kappa(confusion, classes, 0);
        CohenKappaLinear = ClassificationMath.Kappa(confusion, classes, 1);
        CohenKappaQuadratic = ClassificationMath.Kappa(confusion, classes, 2);
        MatthewsCorrelation = ClassificationMath.MatthewsCorrelation(confusion, classes);
    }

    /// <summary>How many samples were evaluated.</summary>
    public long SampleCount { get; }

    /// <summary>How often each class was taken for each class.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>The measures of each class, in the order of the class numbers.</summary>
    public IReadOnlyList<ClassMetrics> Classes { get; }

    /// <summary>The measures of the scores, or null when only predicted classes were given.</summary>
    public ScoreMetrics? Scores { get; }

    /// <summary>What share was predicted correctly.</summary>
    public double Accuracy { get; }

    /// <summary>Between which bounds the accuracy on unseen samples of the same kind lies, with a confidence of 95 %.</summary>
    public ConfidenceInterval AccuracyInterval { get; }

    /// <summary>The mean recall over the classes that have samples.</summary>
    public double BalancedAccuracy { get; }

    /// <summary>The plain mean over all classes.</summary>
    public AveragedMetrics Macro { get; }

    /// <summary>The plain mean over the classes that have samples or were predicted: what scikit-learn averages by default.</summary>
    public AveragedMetrics MacroOfPresent { get; }

    /// <summary>The mean over all classes weighted by how many samples they have.</summary>
    public AveragedMetrics Weighted { get; }

    /// <summary>The measures of all decisions together; where every sample has one class, all three are the accuracy.</summary>
    public AveragedMetrics Micro { get; }

    /// <summary>Agreement beyond chance (Cohen, 1960): 1 is perfect, 0 is chance; null when chance agrees always.</summary>
    public double? CohenKappa { get; }

    /// <summary>The same where a mistake weighs as much as the class numbers are apart; for classes with an order.</summary>
    public double? CohenKappaLinear { get; }

    /// <summary>The same where a mistake weighs the square of that.</summary>
    public double? CohenKappaQuadratic { get; }

    /// <summary>The correlation of truth and prediction, from -1 to 1; 0 when either is always the same class.</summary>
    public double MatthewsCorrelation { get; }

    /// <summary>Makes a report from class numbers.</summary>
    /// <param name="labels">The true classes.</param>
    /// <param name="predictions">The predicted classes, as many.</param>
    /// <param name="classNames">The names of all classes.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is no class.</exception>
    /// <exception cref="InvalidOperationException">There are no samples.</exception>
    public static ClassificationReport FromPredictions(
        IReadOnlyList<int> labels, IReadOnlyList<int> predictions, IReadOnlyList<string> classNames)
    {
        CheckLengths(labels, predictions, classNames);
        ClassificationAccumulator accumulator = new(classNames.Count, keepScores: false);
        for (int i = 0; i < labels.Count; i++)
        {
            accumulator.AddPrediction(predictions[i], labels[i]);
        }

        return accumulator.ToReport(classNames);
    }

    /// <summary>Makes a report from scores.</summary>
    /// <param name="labels">The true classes.</param>
    /// <param name="scores">As many rows, each with one probability per class.</param>
    /// <param name="classNames">The names of all classes.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a score is no probability.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is no class.</exception>
    /// <exception cref="InvalidOperationException">There are no samples.</exception>
    public static ClassificationReport FromScores(
        IReadOnlyList<int> labels, IReadOnlyList<double[]> scores, IReadOnlyList<string> classNames)
    {
        CheckLengths(labels, scores, classNames);
        ClassificationAccumulator accumulator = new(classNames.Count);
        for (int i = 0; i < labels.Count; i++)
        {
            accumulator.Add(scores[i], labels[i]);
        }

        return accumulator.ToReport(classNames);
    }

    /// <inheritdoc/>
    public override Score? Score => new("accuracy", Accuracy);

    /// <inheritdoc/>
    public override double? CorrectShare => Accuracy;

    /// <summary>What share had the true class among the <paramref name="k"/> classes of the largest scores; of equal scores the lower class
    /// number goes first. Null when only predicted classes were given.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is not positive.</exception>
    public double? TopKAccuracy(int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        return _rankCounts?.Take(k).Sum() / (double)SampleCount;
    }

    /// <summary>The pairs of classes of which one was taken for the other most often; those of equal counts in the order of the class
    /// numbers.</summary>
    /// <param name="count">How many at most.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public IReadOnlyList<ConfusedPair> MostConfused(int count = 10)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        IEnumerable<(int Label, int Predicted)> cells = Enumerable.Range(0, Classes.Count)
            .SelectMany(label => Enumerable.Range(0, Classes.Count).Select(predicted => (label, predicted)));
        return
        [
            .. cells.Where(cell => cell.Label != cell.Predicted && Confusion[cell.Label, cell.Predicted] > 0)
                .OrderByDescending(cell => Confusion[cell.Label, cell.Predicted])
                .Take(count)
                .Select(cell => new ConfusedPair(
                    cell.Label, Classes[cell.Label].Name, cell.Predicted, Classes[cell.Predicted].Name,
                    Confusion[cell.Label, cell.Predicted],
                    Confusion[cell.Label, cell.Predicted] / (double)Classes[cell.Label].Support)),
        ];
    }

    /// <summary>A table of the classes and the averages, and the single numbers below it.</summary>
    public override string ToString() => ClassificationTable.Write(this);

    private static void CheckLengths<T>(IReadOnlyList<int> labels, IReadOnlyList<T> rows, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(classNames);
        if (labels.Count != rows.Count)
        {
            throw new ArgumentException($"There are {labels.Count} labels, but predictions for {rows.Count} samples.", nameof(rows));
        }
    }
}
