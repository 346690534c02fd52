namespace TransferLearning;

/// <summary>
/// Takes predictions one by one and makes a <see cref="ClassificationReport"/> of them. Its memory does not grow with the samples, unless
/// the scores are to be kept. Not safe for several threads at once.
/// </summary>
public sealed class ClassificationAccumulator
{
    // For the logarithm: the spacing of doubles at 1, 2^-52.
    private const double SmallestScore = 1.0 / (1L << 52);

    // Scores of reduced precision may pass 1 by a rounding.
    private const double LargestScore = 1 + 1e-6;
    private readonly long[] _confusion;
    private readonly long[] _rankCounts;
    private readonly double[] _row;
    private readonly CalibrationCounts _calibration = new();
    private readonly List<double>? _scores;
    private readonly List<int> _labels = [];
    private double _logLossSum;
    private double _brierSum;
    private double _brierBinarySum;
    private long _scored;

    /// <summary>Makes an empty one.</summary>
    /// <param name="classCount">How many classes there are, at least 1.</param>
    /// <param name="keepScores">Whether to keep every score, which the areas under the ROC curve and the average precisions need; 8 bytes
    /// per sample and class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no class.</exception>
    public ClassificationAccumulator(int classCount, bool keepScores = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 1);
        ClassCount = classCount;
        _confusion = new long[checked(classCount * classCount)];
        _rankCounts = new long[classCount];
        _row = new double[classCount];
        _scores = keepScores ? [] : null;
    }

    /// <summary>How many classes there are.</summary>
    public int ClassCount { get; }

    /// <summary>How many samples have been taken.</summary>
    public long SampleCount { get; private set; }

    /// <summary>Takes one sample of which only the predicted class is known. Do not mix with samples that have scores.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The label or the prediction is no class.</exception>
    /// <exception cref="InvalidOperationException">Earlier samples had scores.</exception>
    public void AddPrediction(int prediction, long label)
    {
        CheckClass(prediction, nameof(prediction));
        CheckClass(label, nameof(label));
        if (_scored > 0)
        {
            throw new InvalidOperationException("Earlier samples had scores; the measures of the scores would leave this one out.");
        }

        _confusion[(label * ClassCount) + prediction]++;
        SampleCount++;
    }

    /// <summary>Takes the scores of one sample. The prediction is the class of the largest score, the first of equal ones.</summary>
    /// <param name="scores">One probability per class, from 0 to 1; their sum need not be 1.</param>
    /// <param name="label">The true class.</param>
    /// <exception cref="ArgumentException">There are not as many scores as classes, or one is no probability.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The label is no class.</exception>
    /// <exception cref="InvalidOperationException">Earlier samples had no scores.</exception>
    public void Add(ReadOnlySpan<float> scores, long label)
    {
        CheckCount(scores.Length);
        for (int k = 0; k < scores.Length; k++)
        {
            _row[k] = scores[k];
        }

        AddRow((int)CheckClass(label, nameof(label)));
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{float}, long)"/>
    public void Add(ReadOnlySpan<double> scores, long label)
    {
        CheckCount(scores.Length);
        scores.CopyTo(_row);
        AddRow((int)CheckClass(label, nameof(label)));
    }

    /// <summary>The report on the samples so far; more may be added afterwards.</summary>
    /// <param name="classNames">The names of the classes; null numbers them.</param>
    /// <exception cref="ArgumentException">There are not as many names as classes.</exception>
    /// <exception cref="InvalidOperationException">There is no sample yet.</exception>
    public ClassificationReport ToReport(IReadOnlyList<string>? classNames = null)
    {
        if (SampleCount == 0)
        {
            throw new InvalidOperationException("There is no sample to report on. Check that the data set is not empty.");
        }

        string[] names = [.. classNames ?? [.. Enumerable.Range(0, ClassCount).Select(k => $"class {k}")]];
        if (names.Length != ClassCount)
        {
            throw new ArgumentException($"There are {names.Length} class names for {ClassCount} classes.", nameof(classNames));
        }

        ConfusionMatrix confusion = new([.. _confusion], ClassCount);
        RankingMetrics[]? rankings = _scored > 0 && _scores is not null ? Rankings(_scores) : null;
        ClassMetrics[] classes = [.. names.Select((name, k) => ClassificationMath.Class(confusion, k, name, rankings?[k] ?? default))];
        return new ClassificationReport(confusion, classes, _scored > 0 ? Scores(classes) : null, _scored > 0 ? [.. _rankCounts] : null);
    }

    /// <summary>Adds what another process has taken, or gives what this one has.</summary>
    internal void Share(MetricState state)
    {
        long count = SampleCount;
        state.Sum(_confusion);
        state.Sum(_rankCounts);
        _calibration.Share(state);
        state.Sum(ref _logLossSum);
        state.Sum(ref _brierSum);
        state.Sum(ref _brierBinarySum);
        state.Sum(ref _scored);
        state.Sum(ref count);
        state.Append(_scores ?? []);
        state.Append(_labels);
        SampleCount = count;
    }

    private static double? Mean(IEnumerable<(double? Value, double Weight)> values)
    {
        (double Value, double Weight)[] defined = [.. values.Where(v => v.Value is not null).Select(v => (v.Value!.Value, v.Weight))];
        return defined.Length == 0 ? null : defined.Sum(v => v.Value * v.Weight) / defined.Sum(v => v.Weight);
    }

    private static double Clipped(double score) => Math.Clamp(score, SmallestScore, 1 - SmallestScore);

    private void AddRow(int label)
    {
        CheckRow();
        int prediction = 0, before = 0;
        double sum = 0, brier = 0, own = _row[label];
        for (int k = 0; k < _row.Length; k++)
        {
            double score = _row[k], miss = score - (k == label ? 1 : 0);
            prediction = score > _row[prediction] ? k : prediction;
            before += score > own || (score == own && k < label) ? 1 : 0;
            sum += Clipped(score);
            brier += miss * miss;
        }

        _confusion[(label * ClassCount) + prediction]++;
        _rankCounts[before]++;
        _calibration.Add(_row[prediction], prediction == label);
        _logLossSum -= Math.Log(Clipped(own) / sum);
        _brierSum += brier;
        _brierBinarySum += ClassCount == 2 ? (_row[1] - label) * (_row[1] - label) : 0;
        if (_scores is not null)
        {
            _scores.AddRange(_row);
            _labels.Add(label);
        }

        SampleCount++;
        _scored++;
    }

    private ScoreMetrics Scores(ClassMetrics[] classes) => new(
        _logLossSum / _scored,
        _brierSum / _scored,
        ClassCount == 2 ? _brierBinarySum / _scored : null,
        _calibration.ToCalibration(),
        Mean(classes.Select(c => (c.RocAuc, 1.0))),
        Mean(classes.Select(c => (c.RocAuc, (double)c.Support))),
        Mean(classes.Select(c => (c.AveragePrecision, 1.0))),
        Mean(classes.Select(c => (c.AveragePrecision, (double)c.Support))));

    private RankingMetrics[] Rankings(List<double> scores)
    {
        double[] column = new double[_labels.Count];
        bool[] isMember = new bool[_labels.Count];
        RankingMetrics[] rankings = new RankingMetrics[ClassCount];
        for (int k = 0; k < ClassCount; k++)
        {
            for (int i = 0; i < column.Length; i++)
            {
                column[i] = scores[(i * ClassCount) + k];
                isMember[i] = _labels[i] == k;
            }

            rankings[k] = RankingMetrics.Of(column, isMember);
        }

        return rankings;
    }

    private long CheckClass(long number, string name)
        => number >= 0 && number < ClassCount
            ? number
            : throw new ArgumentOutOfRangeException(
                name, number, $"Sample {SampleCount}: {name} {number} is none of the {ClassCount} classes (0 to {ClassCount - 1}).");

    private void CheckCount(int count)
    {
        if (count != ClassCount)
        {
            throw new ArgumentException($"Sample {SampleCount} has {count} scores for {ClassCount} classes.", nameof(count));
        }

        if (_scored < SampleCount)
        {
            throw new InvalidOperationException("Earlier samples had no scores; the measures of the scores would leave them out.");
        }
    }

    private void CheckRow()
    {
        int wrong = Array.FindIndex(_row, score => !(score is >= 0 and <= LargestScore));
        if (wrong >= 0)
        {
            throw new ArgumentException(
                $"Sample {SampleCount} has the score {_row[wrong]} for class {wrong}, which is no probability. Apply a softmax to the " +
                "outputs; if they are not numbers, the training has diverged: use a smaller learning rate.");
        }
    }
}
