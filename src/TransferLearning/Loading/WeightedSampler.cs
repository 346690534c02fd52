namespace TransferLearning;

/// <summary>Draws each sample of an epoch independently, with a probability that depends on its class: PyTorch's
/// <c>WeightedRandomSampler</c> with weights by how many samples a class has. Rare samples come several times in an epoch, frequent ones
/// may not come at all.</summary>
/// <param name="Weighting">How much a sample counts by its class: <see cref="ClassWeighting.Inverse"/> gives each class the same share of
/// an epoch on average.</param>
public sealed record WeightedSampler(ClassWeighting Weighting) : Sampler
{
    /// <inheritdoc/>
    internal override SampleOrder Over(int count, Func<int, Target> targetOf)
    {
        double[] cumulative = Cumulative(ClassesOf(count, targetOf));
        return new SampleOrder(
            EpochLength ?? count,
            (Span<int> order, ref SeededRandom random) =>
            {
                foreach (ref int sample in order)
                {
                    sample = Place(cumulative, random.NextDouble());
                }
            });
    }

    /// <summary>The probability of each sample.</summary>
    internal double[] Probabilities(int[] classes)
    {
        int[] counts = new int[classes.Max() + 1];
        Array.ForEach(classes, number => counts[number]++);
        IReadOnlyList<double> weights = Weighting.Of(counts);
        double sum = classes.Sum(number => weights[number]);
        return Array.ConvertAll(classes, number => weights[number] / sum);
    }

    /// <summary>The sums of probabilities up to each sample.</summary>
    internal double[] Cumulative(int[] classes)
    {
        double sum = 0;
        return Array.ConvertAll(Probabilities(classes), probability => sum += probability);
    }

    /// <summary>The first sample whose cumulative probability is above a number in [0, 1).</summary>
    internal static int Place(double[] cumulative, double uniform)
    {
        (int low, int high) = (0, cumulative.Length - 1); // rounding may leave the last sum below 1
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = cumulative[middle] > uniform ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
