namespace TransferLearning;

/// <summary>Gives each class the same part of every epoch, but for what does not divide; within a class no sample comes again before all
/// others did. Classes without samples are left out.</summary>
public sealed record ClassBalancedSampler : Sampler
{
    /// <inheritdoc/>
    internal override SampleOrder Over(int count, Func<int, Target> targetOf)
    {
        int[][] members =
        [
            .. ClassesOf(count, targetOf).Index().GroupBy(one => one.Item, one => one.Index).Select(group => group.ToArray()),
        ];
        return new SampleOrder(EpochLength ?? count, (Span<int> order, ref SeededRandom random) =>
        {
            int[][] classes = Array.ConvertAll(members, samples => (int[])samples.Clone());
            random.Shuffle<int[]>(classes); // the first have one sample more
            for (int place = 0; place < order.Length; place++)
            {
                int[] samples = classes[place % classes.Length];
                int next = place / classes.Length % samples.Length;
                if (next == 0)
                {
                    random.Shuffle<int>(samples);
                }

                order[place] = samples[next];
            }

            random.Shuffle(order);
        });
    }
}
