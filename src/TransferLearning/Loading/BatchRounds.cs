namespace TransferLearning;

/// <summary>The batches of an epoch, taken a range of numbers at a time: batches that are not delivered leave gaps.</summary>
/// <param name="batches">The batches, in the order of their numbers.</param>
/// <param name="distance">The smallest distance between the numbers of two of them.</param>
internal sealed class BatchRounds(IEnumerable<Batch> batches, int distance) : IDisposable
{
    private readonly IEnumerator<Batch> _source = batches.GetEnumerator();
    private Batch? _ahead;
    private int _least; // no batch that comes has a smaller number

    /// <summary>The next batch, which the caller disposes; null where its number is not below the end of the range.</summary>
    public Batch? Next(int end)
    {
        if (_least >= end)
        {
            return null; // nothing is read before its range comes
        }

        _ahead ??= _source.MoveNext() ? _source.Current : null;
        Batch? next = _ahead?.Number < end ? _ahead : null;
        (_ahead, _least) = next is null ? (_ahead, _least) : (null, next.Number + distance);
        return next;
    }

    public void Dispose()
    {
        _ahead?.Dispose();
        _source.Dispose();
    }
}
