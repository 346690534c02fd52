namespace TransferLearning;

/// <summary>The samples of each epoch, as a <see cref="Sampler"/> draws them.</summary>
/// <param name="count">How many an epoch has.</param>
/// <param name="draw">Fills an epoch.</param>
internal sealed class SampleOrder(int count, SampleOrder.Draw draw)
{
    /// <summary>Fills an epoch with the numbers of samples.</summary>
    public delegate void Draw(Span<int> order, ref SeededRandom random);

    /// <summary>How many samples an epoch has.</summary>
    public int Count => count;

    /// <summary>The samples of an epoch.</summary>
    public int[] Of(long seed, int epoch)
    {
        int[] order = new int[count];
        SeededRandom random = new(seed, epoch, EpochOrder.Stream);
        draw(order, ref random);
        return order;
    }

    /// <summary>How often the sample at each place came before in the epoch.</summary>
    public static int[] Repeats(int[] order)
    {
        Dictionary<int, int> seen = [];
        return Array.ConvertAll(order, sample =>
        {
            int before = seen.GetValueOrDefault(sample);
            seen[sample] = before + 1;
            return before;
        });
    }
}
