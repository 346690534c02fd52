namespace TransferLearning;

/// <summary>
/// Takes the scores of samples that may have several labels and makes a <see cref="MultiLabelReport"/> of them. Not safe for several
/// threads at once.
/// </summary>
public sealed class MultiLabelAccumulator
{
    private const double Threshold = 0.5;

    private readonly List<float>? _scores;
    private readonly List<bool> _truth = [];
    private readonly long[] _hits;
    private readonly long[] _predicted;
    private readonly long[] _support;
    private long _exact;
    private long _count;

    /// <summary>Makes an empty one.</summary>
    /// <param name="labelCount">How many labels there are, at least 1.</param>
    /// <param name="keepScores">Whether to keep every score, which average precision needs; 5 bytes for each sample and label.</param>
    public MultiLabelAccumulator(int labelCount, bool keepScores = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labelCount, 1);
        (_hits, _predicted, _support) = (new long[labelCount], new long[labelCount], new long[labelCount]);
        _scores = keepScores ? [] : null;
    }

    /// <summary>Takes one sample.</summary>
    /// <param name="scores">The probability of each label.</param>
    /// <param name="truth">Whether each label holds.</param>
    /// <exception cref="ArgumentException">There are not as many as labels.</exception>
    public void Add(ReadOnlySpan<float> scores, ReadOnlySpan<bool> truth)
    {
        if (scores.Length != _hits.Length || truth.Length != _hits.Length)
        {
            throw new ArgumentException(
                $"There are {_hits.Length} labels; found {scores.Length} scores and {truth.Length} truths.", nameof(scores));
        }

        bool isExact = true;
        for (int label = 0; label < _hits.Length; label++)
        {
            bool isPredicted = scores[label] > Threshold;
            isExact &= isPredicted == truth[label];
            _predicted[label] += isPredicted ? 1 : 0;
            _support[label] += truth[label] ? 1 : 0;
            _hits[label] += isPredicted && truth[label] ? 1 : 0;
        }

        if (_scores is not null)
        {
            _scores.AddRange(scores);
            _truth.AddRange(truth);
        }

        _exact += isExact ? 1 : 0;
        _count++;
    }

    /// <summary>The report on the samples so far.</summary>
    /// <param name="names">The names of the labels.</param>
    /// <exception cref="InvalidOperationException">There is no sample yet.</exception>
    public MultiLabelReport ToReport(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (_count == 0)
        {
            throw new InvalidOperationException("There is no sample to report on. Check that the data set is not empty.");
        }

        ClassMetrics[] labels = [.. Enumerable.Range(0, _hits.Length).Select(label => Of(label, names[label]))];
        double?[] precisions = [.. labels.Select(label => label.AveragePrecision).Where(value => value is not null)];
        return new MultiLabelReport(
            labels,
            (double)_exact / _count,
            F1(_hits.Sum(), _predicted.Sum(), _support.Sum()),
            labels.Average(label => label.F1),
            precisions.Length == 0 ? null : precisions.Average(),
            _count);
    }

    /// <summary>Adds what another process has taken, or gives what this one has.</summary>
    internal void Share(MetricState state)
    {
        state.Sum(_hits);
        state.Sum(_predicted);
        state.Sum(_support);
        state.Sum(ref _exact);
        state.Sum(ref _count);
        state.Append(_scores ?? []);
        state.Append(_truth);
    }

    private ClassMetrics Of(int label, string name)
    {
        RankingMetrics ranking = default;
        if (_scores is not null)
        {
            double[] column = [.. Enumerable.Range(0, (int)_count).Select(sample => (double)_scores[(sample * _hits.Length) + label])];
            bool[] truth = [.. Enumerable.Range(0, (int)_count).Select(sample => _truth[(sample * _hits.Length) + label])];
            ranking = RankingMetrics.Of(column, truth);
        }

        return new ClassMetrics(
            name,
            _support[label],
            _predicted[label],
            _predicted[label] == 0 ? 0 : (double)_hits[label] / _predicted[label],
            _support[label] == 0 ? 0 : (double)_hits[label] / _support[label],
            F1(_hits[label], _predicted[label], _support[label]),
            ranking.RocAuc,
            ranking.AveragePrecision);
    }

    private static double F1(long hits, long predicted, long support) => predicted + support == 0 ? 0 : 2.0 * hits / (predicted + support);
}
