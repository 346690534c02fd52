namespace TransferLearning;

/// <summary>
/// Confident learning (Northcutt, Jiang and Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels, 2021): which labels are
/// probably wrong, of the labels and of probabilities from models that have not seen the sample.
/// </summary>
public sealed class ConfidentLearning
{
    // A sample whose probability is the threshold itself is confident, whatever rounding did to the mean.
    private const double Rounding = 1e-12;

    private readonly double[,] _probabilities;
    private readonly int[] _labels;
    private readonly int _classes;
    private readonly int[][] _members; // the samples of each label

    /// <summary>Analyses labels.</summary>
    /// <param name="probabilities">[samples, classes], each row from a model that was not fitted to its sample.</param>
    /// <param name="labels">The given label of each sample.</param>
    /// <exception cref="ArgumentException">The sizes differ, a label names no class, or a probability is not in 0 to 1.</exception>
    public ConfidentLearning(double[,] probabilities, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labels);
        (_probabilities, _labels, _classes) = (probabilities, [.. labels], probabilities.GetLength(1));
        if (probabilities.GetLength(0) != _labels.Length)
        {
            throw new ArgumentException(
                $"There are probabilities of {probabilities.GetLength(0)} samples and {_labels.Length} labels.", nameof(labels));
        }

        if (Array.Exists(_labels, label => (uint)label >= (uint)_classes))
        {
            throw new ArgumentException($"A label is not below the number of classes, {_classes}.", nameof(labels));
        }

        foreach (double probability in probabilities)
        {
            if (!(probability >= 0 && probability <= 1 + Rounding))
            {
                throw new ArgumentException($"{probability} is no probability: expected 0 to 1.", nameof(probabilities));
            }
        }

        ILookup<int, int> byLabel = Samples.ToLookup(sample => _labels[sample]);
        _members = [.. Enumerable.Range(0, _classes).Select(label => byLabel[label].ToArray())];
        Thresholds = [.. _members.Select((members, label) => members.Length == 0 ? (double?)null : members.Average(i => P(i, label)))];
        Guesses = [.. Samples.Select(Guess)];
        ConfidentJointRaw = Joint();
        ConfidentJoint = (int[,])ConfidentJointRaw.Clone();
        CalibratedJoint = new double[_classes, _classes];
        Calibrate();
        PruneCounts = Each(CalibratedJoint, count => (int)Math.Round(count, MidpointRounding.ToEven));
    }

    /// <summary>For each class the mean probability of it over the samples that have its label; null for one without any.</summary>
    public IReadOnlyList<double?> Thresholds { get; }

    /// <summary>The likeliest class of each sample among those whose threshold it reaches; -1 where it reaches none.</summary>
    public IReadOnlyList<int> Guesses { get; }

    /// <summary>[label, guess] counts of the samples that are confident in a class.</summary>
    public int[,] ConfidentJointRaw { get; }

    /// <summary>The same with at least 1 on the diagonal for each class that has samples.</summary>
    public int[,] ConfidentJoint { get; }

    /// <summary>The joint scaled so that each row sums to the number of samples with that label.</summary>
    public double[,] CalibratedJoint { get; }

    /// <summary>The estimated joint distribution of given and true labels.</summary>
    public double[,] JointDistribution => Each(CalibratedJoint, count => count / _labels.Length);

    /// <summary>How many samples of each label and guess are pruned: the calibrated joint, rounded, halves to even.</summary>
    public int[,] PruneCounts { get; }

    /// <summary>About how many labels are wrong.</summary>
    public double EstimatedIssues
        => _labels.Length - Enumerable.Range(0, _classes).Sum(label => CalibratedJoint[label, label]);

    private IEnumerable<int> Samples => Enumerable.Range(0, _labels.Length);

    /// <summary>The samples that are probably mislabelled, ascending.</summary>
    /// <param name="method">Which.</param>
    /// <param name="evenIfPredicted">Whether samples count whose likeliest class is their label all the same. Default: false, as cleanlab
    /// leaves them out.</param>
    public IReadOnlyList<int> Issues(LabelIssueMethod method = LabelIssueMethod.PruneByNoiseRate, bool evenIfPredicted = false)
    {
        IEnumerable<int> found = method switch
        {
            LabelIssueMethod.OffDiagonal => Samples.Where(sample => Guesses[sample] >= 0 && Guesses[sample] != _labels[sample]),
            LabelIssueMethod.PruneByClass => PruneByClass(),
            LabelIssueMethod.PruneByNoiseRate => PruneByNoiseRate(),
            LabelIssueMethod.Both => PruneByClass().Intersect(PruneByNoiseRate()),
            LabelIssueMethod.PredictedDiffers => Samples,
            _ => throw new ArgumentOutOfRangeException(nameof(method)),
        };
        bool isFiltered = !evenIfPredicted || method == LabelIssueMethod.PredictedDiffers;
        return [.. found.Where(sample => !isFiltered || Predicted(sample) != _labels[sample]).Distinct().Order()];
    }

    /// <summary>The likeliest class of a sample; the lowest of equal ones.</summary>
    public int Predicted(int sample) => Enumerable.Range(0, _classes).MaxBy(label => P(sample, label));

    /// <summary>The probability of each sample's given label.</summary>
    public double[] SelfConfidence() => [.. Samples.Select(sample => P(sample, _labels[sample]))];

    /// <summary>(p of the given label - the largest other p + 1) / 2: 0 for a label that is surely wrong, 0.5 on the fence.</summary>
    public double[] NormalizedMargin() => [.. Samples.Select(sample => (P(sample, _labels[sample]) - LargestOther(sample) + 1) / 2)];

    /// <summary>The entropy of each sample's probabilities, natural.</summary>
    public double[] Entropy() => [.. Samples.Select(
        sample => -Enumerable.Range(0, _classes).Select(label => P(sample, label)).Sum(p => p > 0 ? p * Math.Log(p) : 0))];

    /// <summary>The samples by a measure of label quality, the worst first; equal ones by number.</summary>
    public static int[] Rank(IReadOnlyList<double> quality) => [.. Enumerable.Range(0, quality.Count).OrderBy(sample => quality[sample])];

    private double P(int sample, int label) => _probabilities[sample, label];

    private double LargestOther(int sample) => Enumerable.Range(0, _classes)
        .Where(label => label != _labels[sample])
        .Select(label => P(sample, label))
        .DefaultIfEmpty(double.NegativeInfinity)
        .Max();

    private int Guess(int sample)
    {
        int guess = -1;
        for (int label = 0; label < _classes; label++)
        {
            if (P(sample, label) >= Thresholds[label] - Rounding && (guess < 0 || P(sample, label) > P(sample, guess)))
            {
                guess = label;
            }
        }

        return guess;
    }

    private int[,] Joint()
    {
        int[,] joint = new int[_classes, _classes];
        foreach (int sample in Samples.Where(sample => Guesses[sample] >= 0))
        {
            joint[_labels[sample], Guesses[sample]]++;
        }

        return joint;
    }

    private void Calibrate()
    {
        for (int row = 0; row < _classes; row++)
        {
            if (_members[row].Length == 0)
            {
                continue;
            }

            ConfidentJoint[row, row] = Math.Max(ConfidentJoint[row, row], 1);
            long sum = Enumerable.Range(0, _classes).Sum(column => (long)ConfidentJoint[row, column]);
            for (int column = 0; column < _classes; column++)
            {
                // One division of whole numbers, so that halves are exact where they are rounded.
                CalibratedJoint[row, column] = (double)((long)ConfidentJoint[row, column] * _members[row].Length) / sum;
            }
        }
    }

    private IEnumerable<int> PruneByClass() => Enumerable.Range(0, _classes).SelectMany(label =>
    {
        int wrong = Enumerable.Range(0, _classes).Where(other => other != label).Sum(other => PruneCounts[label, other]);
        return _members[label].OrderBy(sample => P(sample, label)).Take(Math.Min(wrong, _members[label].Length - 1));
    });

    private IEnumerable<int> PruneByNoiseRate() => Enumerable.Range(0, _classes).SelectMany(label => Enumerable
        .Range(0, _classes)
        .Where(other => other != label && PruneCounts[label, other] > 0)
        .SelectMany(other => _members[label]
            .OrderByDescending(sample => P(sample, other) - P(sample, label))
            .Take(PruneCounts[label, other])));

    private static TOut[,] Each<TIn, TOut>(TIn[,] table, Func<TIn, TOut> convert)
    {
        TOut[,] result = new TOut[table.GetLength(0), table.GetLength(1)];
        for (int row = 0; row < result.GetLength(0); row++)
        {
            for (int column = 0; column < result.GetLength(1); column++)
            {
                result[row, column] = convert(table[row, column]);
            }
        }

        return result;
    }
}
