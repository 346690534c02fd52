namespace TransferLearning;

/// <summary>
/// A counted, ordered set of labelled samples that are read one at a time, so that a set may be far larger than memory.
/// </summary>
/// <remarks>
/// Every member may be called from several threads at once. A data set that keeps a file open is disposed by whoever
/// opened it; views (<c>Take</c>, <c>Split</c>, <c>Shuffle</c>) own nothing and work as long as their source does.
/// </remarks>
public abstract class Dataset : IDisposable
{
    /// <summary>How many samples there are.</summary>
    public abstract int Count { get; }

    /// <summary>The names of the classes; a label is an index into this list.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>The label of one sample, without reading its content.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public abstract int LabelOf(int index);

    /// <summary>The name of one sample, without reading its content.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public abstract string NameOf(int index);

    /// <summary>Reads one sample.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="IOException">Its bytes could not be read; the message names it.</exception>
    public abstract Sample Read(int index);

    /// <summary>Closes the files that the set itself opened.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the files that the set itself opened.</summary>
    /// <param name="disposing">Always true: no data set has a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
