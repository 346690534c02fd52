namespace TransferLearning;

/// <summary>Finds the largest batch whose steps fit into memory: a divisor of the one asked for, so that batches add up to it.</summary>
/// <param name="asked">The batch size asked for.</param>
/// <param name="smallest">The smallest that can be trained on.</param>
/// <param name="limit">How many bytes there are.</param>
/// <param name="measure">The peak memory of a step with so many samples, blocks being computed again or not; null where memory ran
/// out.</param>
internal sealed class BatchSearch(int asked, int smallest, long limit, Func<int, bool, long?> measure)
{
    // Sizes are tried from a small one up, so that none is tried which the smaller ones say is too large.
    private const int FirstShare = 8;

    // The line through two sizes may rise more steeply beyond them.
    private const double Steeper = 1.5;

    private readonly int[] _sizes =
        [.. Enumerable.Range(1, asked).Where(size => asked % size == 0 && (size >= smallest || size == asked))];

    /// <summary>The smallest memory that was measured.</summary>
    public long? Least { get; private set; }

    /// <summary>Searches.</summary>
    /// <param name="recomputes">Whether blocks are computed again whatever the size.</param>
    /// <param name="prefersRecomputation">Whether computing blocks again comes before smaller batches: where batch norms learn, which
    /// change with the batch, and not with what is computed again.</param>
    /// <returns>The batch size, whether blocks are computed again, and the memory of a step; null where nothing fits.</returns>
    public (int BatchSize, bool Recomputes, long Bytes)? Find(bool recomputes, bool prefersRecomputation)
    {
        (int Size, long Bytes)? plain = Largest(recomputes, 0);
        if (!recomputes && (plain is null || (prefersRecomputation && plain.Value.Size < asked))
            && Largest(true, plain?.Size ?? 0) is { } again)
        {
            return (again.Size, true, again.Bytes);
        }

        return plain is { } found ? (found.Size, recomputes, found.Bytes) : null;
    }

    private (int Size, long Bytes)? Largest(bool recomputes, int above)
    {
        int[] sizes = [.. _sizes.Where(size => size > above)];
        int first = Math.Max(Array.FindLastIndex(sizes, size => size <= asked / FirstShare), 0);
        (int Size, long Bytes)? before = null, best = null;
        for (int i = first; i < sizes.Length; i++)
        {
            if (best is { } last && before is { } earlier
                && last.Bytes + (Steeper * (last.Bytes - earlier.Bytes) / (last.Size - earlier.Size) * (sizes[i] - last.Size)) > limit)
            {
                return best;
            }

            if (Measured(sizes[i]) is not { } bytes)
            {
                break;
            }

            (before, best) = (best, (sizes[i], bytes));
        }

        for (int i = first - 1; i >= 0 && best is null; i--)
        {
            best = Measured(sizes[i]) is { } bytes ? (sizes[i], bytes) : null;
        }

        return best;

        long? Measured(int size)
        {
            long? bytes = measure(size, recomputes);
            Least = Least is null || bytes < Least ? bytes ?? Least : Least;
            return bytes <= limit ? bytes : null;
        }
    }
}
