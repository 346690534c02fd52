namespace TransferLearning;

/// <summary>Divides the numbers of samples into two ascending lists, with the same share of every class.</summary>
internal static class StratifiedSplit
{
    public static (int[] First, int[] Second) Of(Dataset dataset, double fraction, long seed)
    {
        SortedDictionary<int, List<int>> byClass = new();
        for (int index = 0; index < dataset.Count; index++)
        {
            int label = dataset.LabelOf(index);
            if (!byClass.TryGetValue(label, out List<int>? members))
            {
                byClass.Add(label, members = []);
            }

            members.Add(index);
        }

        int[] shares = Shares([.. byClass.Values.Select(members => members.Count)], fraction);
        List<int> first = new();
        List<int> second = new();
        foreach (((int label, List<int> members), int share) in byClass.Zip(shares))
        {
            int[] order = [.. members];
            new SeededRandom(seed, label).Shuffle<int>(order);
            first.AddRange(order[..share]);
            second.AddRange(order[share..]);
        }

        first.Sort();
        second.Sort();
        return ([.. first], [.. second]);
    }

    /// <summary>Largest remainders: the shares add up to the rounded whole, and none is further than one sample from its due.</summary>
    private static int[] Shares(int[] counts, double fraction)
    {
        int[] shares = Array.ConvertAll(counts, count => (int)Math.Floor(count * fraction));
        int missing = (int)Math.Round(counts.Sum() * fraction, MidpointRounding.AwayFromZero) - shares.Sum();
        IOrderedEnumerable<int> byRemainder = Enumerable.Range(0, counts.Length).OrderByDescending(i => (counts[i] * fraction) - shares[i]).ThenBy(i => i);
        foreach (int i in byRemainder.Take(missing))
        {
            shares[i]++;
        }

        for (int i = 0; i < counts.Length; i++)
        {
            shares[i] = counts[i] >= 2 ? Math.Clamp(shares[i], 1, counts[i] - 1) : Math.Clamp(shares[i], 0, counts[i]);
        }

        return shares;
    }
}
