namespace TransferLearning;

/// <summary>Examples that are being made: of one batch, or of several that are formed when all are known.</summary>
/// <param name="indices">Which samples.</param>
internal abstract class BatchSlot(int[] indices) : IDisposable
{
    public int[] Indices => indices;

    /// <summary>The number of its first batch in the epoch.</summary>
    public int FirstNumber { get; set; }

    /// <summary>How often the sample of each row came before in the epoch, so that it draws anew; null for never.</summary>
    public int[]? Repeats { get; set; }

    /// <summary>Why a row could not be filled; null for one that was.</summary>
    public Exception?[] Failures { get; } = new Exception?[indices.Length];

    /// <summary>The next row that no thread has taken yet.</summary>
    public int NextRow { get; set; }

    /// <summary>How many rows are not yet finished.</summary>
    public int Remaining { get; set; } = indices.Length;

    /// <summary>The rows that were filled.</summary>
    protected int[] FilledRows => [.. Enumerable.Range(0, indices.Length).Where(row => Failures[row] is null)];

    /// <summary>Makes the example of a row; several threads fill different rows at once.</summary>
    public abstract void Fill(int row, Sample sample, ref SeededRandom random);

    /// <summary>The batches of the rows that were filled, made one by one on the calling thread; the consumer disposes each.</summary>
    public abstract IEnumerable<Batch> ToBatches();

    public abstract void Dispose();
}
