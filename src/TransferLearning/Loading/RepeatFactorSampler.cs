namespace TransferLearning;

/// <summary>Repeats samples with rare classes (Gupta et al., "LVIS", 2019): a class that is in less than the threshold's share of samples
/// is repeated √(threshold / share) times, a sample as often as the rarest of its classes. Every sample comes at least once. It serves
/// labels that may hold together, and any other samples with classes.</summary>
/// <remarks>The part of a repetition that is no whole number is drawn for each sample and epoch. An epoch always has the expected number of
/// samples: what the draws gave beyond it, chosen at random, is cut, and what they lack is drawn again.</remarks>
public sealed record RepeatFactorSampler : Sampler
{
    /// <summary>Creates the sampler.</summary>
    /// <param name="threshold">Below which share of samples a class is repeated, above 0 and at most 1. LVIS takes 0.001.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is out of its range.</exception>
    public RepeatFactorSampler(double threshold)
        => Threshold = threshold is > 0 and <= 1
            ? threshold
            : throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold must be above 0 and at most 1.");

    /// <summary>Below which share of samples a class is repeated.</summary>
    public double Threshold { get; }

    /// <inheritdoc/>
    internal override SampleOrder Over(int count, Func<int, Target> targetOf)
    {
        int[][] classes = [.. Enumerable.Range(0, count).Select(sample => targetOf(sample).ClassNumbers.Distinct().ToArray())];
        double[] factors = Factors(classes, ClassFactors(Shares(classes)));
        return new SampleOrder(
            EpochLength ?? checked((int)Math.Round(factors.Sum())),
            (Span<int> order, ref SeededRandom random) =>
            {
                for (int filled = 0; filled < order.Length;)
                {
                    List<int> drawn = [];
                    for (int sample = 0; sample < factors.Length; sample++)
                    {
                        drawn.AddRange(Enumerable.Repeat(sample, Repeats(factors[sample], random.NextDouble())));
                    }

                    Span<int> round = CollectionsMarshal.AsSpan(drawn);
                    random.Shuffle(round);
                    round = round[..Math.Min(round.Length, order.Length - filled)];
                    round.CopyTo(order[filled..]);
                    filled += round.Length;
                }
            });
    }

    /// <summary>In which share of the samples each class is.</summary>
    internal static double[] Shares(int[][] classes)
    {
        int[] counts = new int[classes.SelectMany(numbers => numbers).DefaultIfEmpty(-1).Max() + 1];
        foreach (int number in classes.SelectMany(numbers => numbers.Distinct()))
        {
            counts[number]++;
        }

        return Array.ConvertAll(counts, count => count / (double)classes.Length);
    }

    /// <summary>How often each class is repeated; 0 for one that is in no sample.</summary>
    internal double[] ClassFactors(double[] shares)
        => Array.ConvertAll(shares, share => share > 0 ? Math.Max(1, Math.Sqrt(Threshold / share)) : 0);

    /// <summary>How often each sample is repeated; 1 for one without classes.</summary>
    internal static double[] Factors(int[][] classes, double[] classFactors)
        => Array.ConvertAll(classes, numbers => numbers.Length == 0 ? 1 : numbers.Max(number => classFactors[number]));

    /// <summary>The whole number of times, by a number in [0, 1).</summary>
    internal static int Repeats(double factor, double uniform) => (int)factor + (uniform < factor - Math.Floor(factor) ? 1 : 0);
}
