namespace TransferLearning;

/// <summary>How evenly samples are spread over classes. Logarithms are natural.</summary>
public sealed record ClassBalance
{
    private readonly double[] _shares;

    /// <summary>Measures counts.</summary>
    /// <param name="counts">How many samples each class has.</param>
    /// <exception cref="ArgumentException">There is no class, no sample, or a negative count.</exception>
    public ClassBalance(IReadOnlyList<int> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.Count == 0 || counts.Any(count => count < 0) || counts.All(count => count == 0))
        {
            throw new ArgumentException("Expected the number of samples of each class, none negative and not all 0.", nameof(counts));
        }

        Counts = [.. counts];
        Total = counts.Sum(count => (long)count);
        _shares = [.. counts.Where(count => count > 0).Select(count => (double)count / Total)];
        Entropy = -_shares.Sum(share => share * Math.Log(share));
    }

    /// <summary>How many samples each class has.</summary>
    public IReadOnlyList<int> Counts { get; }

    /// <summary>How many samples there are.</summary>
    public long Total { get; }

    /// <summary>The largest count over the smallest; null where a class is empty.</summary>
    public double? Ratio => Counts.Contains(0) ? null : RatioOfPresent;

    /// <summary>The largest count over the smallest of the classes that have samples.</summary>
    public double RatioOfPresent => (double)Counts.Max() / Counts.Where(count => count > 0).Min();

    /// <summary>The entropy of the classes' shares.</summary>
    public double Entropy { get; }

    /// <summary>The entropy as a part of the largest possible: 1 where all classes are equally large; null for one class.</summary>
    public double? Balance => Counts.Count > 1 ? Entropy / Math.Log(Counts.Count) : null;

    /// <summary>How likely two samples drawn at random, with replacement, are of different classes.</summary>
    public double GiniImpurity => 1 - _shares.Sum(share => share * share);

    /// <summary>How many equally large classes have this entropy.</summary>
    public double EffectiveClasses => Math.Exp(Entropy);

    /// <summary>The share of the largest class: the accuracy of guessing it always.</summary>
    public double MajorityShare => _shares.Max();

    /// <summary>Weights of the classes for a loss that counts them alike: n / (classes × count); 0 for an empty one.</summary>
    public IReadOnlyList<double> InverseFrequencyWeights()
        => [.. Counts.Select(count => count == 0 ? 0 : Total / ((double)Counts.Count * count))];

    /// <summary>
    /// The effective number of samples of each class (Cui et al.: Class-Balanced Loss Based on Effective Number of Samples, 2019), and
    /// weights 1 / that, 0 for an empty class, which sum to the number of classes that have samples.
    /// </summary>
    /// <param name="beta">How much samples overlap, 0 to 1: 0 counts every class once, 1 every sample.</param>
    public (IReadOnlyList<double> Numbers, IReadOnlyList<double> Weights) EffectiveNumbers(double beta)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(beta);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(beta, 1);
        double[] numbers = [.. Counts.Select(count => beta == 1 ? count : (1 - Math.Pow(beta, count)) / (1 - beta))];
        double[] weights = [.. numbers.Select((number, label) => Counts[label] == 0 ? 0 : 1 / number)];
        double scale = _shares.Length / weights.Sum();
        return (numbers, [.. weights.Select(weight => weight * scale)]);
    }
}
