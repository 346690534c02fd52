namespace TransferLearning.Tests;

/// <summary>A data set that says who reads it, and of which one sample may be unreadable.</summary>
internal sealed class WatchedDataset(Dataset inner, int? damaged = null) : Dataset
{
    private readonly int _owner = Environment.CurrentManagedThreadId;
    private int _reads;
    private int _readsElsewhere;

    /// <summary>How many samples were read.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>How many of them on other threads than the one that made this set.</summary>
    public int ReadsElsewhere => Volatile.Read(ref _readsElsewhere);

    public override int Count => inner.Count;

    public override IReadOnlyList<string> ClassNames => inner.ClassNames;

    public override int LabelOf(int index) => inner.LabelOf(index);

    public override Target TargetOf(int index) => inner.TargetOf(index);

    public override string NameOf(int index) => inner.NameOf(index);

    public override Sample Read(int index)
    {
        Interlocked.Increment(ref _reads);
        if (Environment.CurrentManagedThreadId != _owner)
        {
            Interlocked.Increment(ref _readsElsewhere);
        }

        return index == damaged ? throw new IOException($"'{NameOf(index)}' is damaged.") : inner.Read(index);
    }

    protected internal override long ContentMark(int index) => inner.ContentMark(index);
}
