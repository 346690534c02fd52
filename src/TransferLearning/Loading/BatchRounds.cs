namespace TransferLearning;

/// <summary>The batches of an epoch, taken a range of numbers at a time: batches that are not delivered leave gaps.</summary>
/// <param name="batches">The batches, in the order of their numbers.</param>
internal sealed class BatchRounds(IEnumerable<Batch> batches) : IDisposable
{
    private readonly IEnumerator<Batch> _source = batches.GetEnumerator();
    private Batch? _ahead;

    /// <summary>The next batch, which the caller disposes; null where its number is not below the end of the range.</summary>
    public Batch? Next(int end)
    {
        _ahead ??= _source.MoveNext() ? _source.Current : null;
        Batch? next = _ahead?.Number < end ? _ahead : null;
        _ahead = next is null ? _ahead : null;
        return next;
    }

    public void Dispose()
    {
        _ahead?.Dispose();
        _source.Dispose();
    }
}
