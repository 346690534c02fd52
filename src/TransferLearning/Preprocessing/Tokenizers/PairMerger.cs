namespace TransferLearning;

/// <summary>Byte-pair encoding: of all neighbours that may merge, the best pair merges first, of equally good ones the leftmost, until none
/// is left. A queue of pairs keeps it near linear in the length, also for a text without a single space.</summary>
internal sealed class PairMerger
{
    private readonly Dictionary<long, (float Rank, int Merged)> _pairs = [];

    /// <summary>Lets two symbols merge; a pair given again takes the new rank.</summary>
    /// <param name="left">The left symbol.</param>
    /// <param name="right">The right symbol.</param>
    /// <param name="rank">Its place in the order; the lowest merges first.</param>
    /// <param name="merged">The symbol that the two become.</param>
    public void Allow(int left, int right, float rank, int merged) => _pairs[Key(left, right)] = (rank, merged);

    /// <summary>The symbols that may merge, the lowest rank first.</summary>
    public IEnumerable<(int Left, int Right)> Pairs
        => _pairs.OrderBy(pair => pair.Value.Rank).Select(pair => ((int)(pair.Key >> 32), (int)pair.Key));

    /// <summary>Merges in place. Negative symbols never merge.</summary>
    /// <param name="symbols">The symbols; merged ones stand at the front afterwards.</param>
    /// <param name="lengths">The length of each symbol, in units of the caller.</param>
    /// <returns>How many symbols are left.</returns>
    public int Merge(Span<int> symbols, Span<int> lengths)
    {
        int count = symbols.Length;
        if (count < 2)
        {
            return count;
        }

        int[] previous = new int[count], next = new int[count];
        PriorityQueue<(int At, int Left, int Right), (float, int)> queue = new(count);
        for (int i = 0; i < count; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            Offer(queue, symbols, i, i + 1);
        }

        while (queue.TryDequeue(out (int At, int Left, int Right) pair, out _))
        {
            int right = next[pair.At];
            // A pair whose symbols have merged otherwise meanwhile; a symbol of length 0 was merged away.
            if (lengths[pair.At] == 0 || right >= count || symbols[pair.At] != pair.Left || symbols[right] != pair.Right)
            {
                continue;
            }

            symbols[pair.At] = _pairs[Key(pair.Left, pair.Right)].Merged;
            lengths[pair.At] += lengths[right];
            lengths[right] = 0;
            next[pair.At] = next[right];
            if (next[right] < count)
            {
                previous[next[right]] = pair.At;
            }

            Offer(queue, symbols, previous[pair.At], pair.At);
            Offer(queue, symbols, pair.At, next[pair.At]);
        }

        int kept = 0;
        for (int i = 0; i < count; i = next[i])
        {
            (symbols[kept], lengths[kept]) = (symbols[i], lengths[i]);
            kept++;
        }

        return kept;
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;

    private void Offer(PriorityQueue<(int, int, int), (float, int)> queue, Span<int> symbols, int left, int right)
    {
        if (left >= 0 && right < symbols.Length && symbols[left] >= 0 && symbols[right] >= 0
            && _pairs.TryGetValue(Key(symbols[left], symbols[right]), out (float Rank, int Merged) pair))
        {
            queue.Enqueue((left, symbols[left], symbols[right]), (pair.Rank, left));
        }
    }
}
