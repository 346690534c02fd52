namespace TransferLearning;

/// <summary>Divides samples into the parts of a cross-validation, each class evenly.</summary>
internal static class StratifiedFolds
{
    /// <summary>The fold in which each sample is held out; -1 for the only one of its class, which every fit needs.</summary>
    public static int[] Of(long[] classes, int folds, long seed)
    {
        int[] order = EpochOrder.Shuffled(classes.Length, seed, 0);
        int[] fold = new int[classes.Length];
        foreach (IGrouping<long, int> members in order.GroupBy(sample => classes[sample]))
        {
            int[] all = [.. members];
            for (int i = 0; i < all.Length; i++)
            {
                fold[all[i]] = all.Length == 1 ? -1 : (int)((members.Key + i) % folds);
            }
        }

        return fold;
    }
}
