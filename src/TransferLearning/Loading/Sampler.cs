namespace TransferLearning;

/// <summary>Which samples an epoch has, where that is not each of them once: for data sets in which some classes are rare.</summary>
/// <remarks>The order depends on seed and epoch alone, so a run resumes bit for bit and several processes divide the same batches. A
/// sample that comes several times in an epoch is augmented anew each time, but where augmented views are cached.</remarks>
public abstract record Sampler
{
    private protected Sampler()
    {
    }

    /// <summary>How many samples an epoch has, at least 1. Default: null, as many as the data set, or as the sampler repeats.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public int? EpochLength
    {
        get;
        init => field = value is null or > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(EpochLength), value, "An epoch has at least one sample.");
    }

    /// <summary>The orders of a data set.</summary>
    /// <param name="count">How many samples it has.</param>
    /// <param name="targetOf">What is to be learned of each.</param>
    /// <exception cref="ArgumentException">The samples have not the classes that it needs.</exception>
    internal abstract SampleOrder Over(int count, Func<int, Target> targetOf);

    /// <summary>The one class of each sample.</summary>
    private protected int[] ClassesOf(int count, Func<int, Target> targetOf)
    {
        int[] classes = new int[count];
        for (int sample = 0; sample < count; sample++)
        {
            int[] all = [.. targetOf(sample).ClassNumbers.Take(2)];
            classes[sample] = all.Length == 1
                ? all[0]
                : throw new ArgumentException(
                    $"{GetType().Name} needs exactly one class for each sample, and sample {sample} has "
                        + (all.Length == 0 ? "none: leave the sampler out." : $"several: use {nameof(RepeatFactorSampler)}."));
        }

        return classes;
    }
}
