namespace TransferLearning;

/// <summary>Byte-pair merging over the different words of the texts. Counts of pairs are kept up to date with each merge, and only words
/// that hold the merged pair are visited, so the work follows the text's variety, not its length.</summary>
internal sealed class WordPieceTraining
{
    private const string Prefix = "##";
    private readonly List<string> _pieces = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<int[]> _words = [];
    private readonly List<long> _wordCounts = [];
    private readonly Dictionary<long, long> _pairCounts = [];
    private readonly Dictionary<long, HashSet<int>> _wordsOfPair = [];
    private readonly PriorityQueue<(long Pair, long Count), (long, long)> _queue = new();

    /// <param name="counts">The words, and how often each stands in the texts.</param>
    /// <param name="mostCharacters">How many different characters become pieces.</param>
    /// <param name="most">How many pieces there is room for.</param>
    public WordPieceTraining(Dictionary<string, long> counts, int mostCharacters, int most)
    {
        // In one order for the same texts, whatever order they came in.
        List<KeyValuePair<string, long>> words = [.. counts.OrderBy(pair => pair.Key, StringComparer.Ordinal)];
        HashSet<Rune> kept = [.. words
            .SelectMany(word => word.Key.EnumerateRunes().Select(rune => (rune, word.Value)))
            .GroupBy(pair => pair.rune, pair => pair.Value)
            .OrderByDescending(group => group.Sum()).ThenBy(group => group.Key)
            .Take(mostCharacters)
            .Select(group => group.Key)];
        SortedSet<string> alphabet = new(StringComparer.Ordinal);
        foreach ((string word, _) in words)
        {
            int at = 0;
            foreach (Rune rune in word.EnumerateRunes().Where(kept.Contains))
            {
                alphabet.Add(at++ == 0 ? rune.ToString() : Prefix + rune);
            }
        }

        foreach (string piece in alphabet.Take(most))
        {
            Add(piece);
        }

        foreach ((string word, long count) in words)
        {
            List<int> pieces = [];
            foreach (Rune rune in word.EnumerateRunes().Where(kept.Contains))
            {
                if (_ids.TryGetValue(pieces.Count == 0 ? rune.ToString() : Prefix + rune, out int id))
                {
                    pieces.Add(id);
                }
            }

            Count(_words.Count, pieces, count, null);
            _words.Add([.. pieces]);
            _wordCounts.Add(count);
        }

        foreach ((long pair, long count) in _pairCounts)
        {
            _queue.Enqueue((pair, count), Priority(pair, count));
        }
    }

    public IReadOnlyList<string> Pieces => _pieces;

    public void Merge(int most, int minimumCount, CancellationToken cancellationToken)
    {
        HashSet<long> changed = [];
        while (_pieces.Count < most && _queue.TryDequeue(out (long Pair, long Count) best, out _))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long count = _pairCounts.GetValueOrDefault(best.Pair);
            if (count != best.Count)
            {
                // Counts fell since the pair was queued; where they rose it was queued again.
                if (count > 0 && count < best.Count)
                {
                    _queue.Enqueue((best.Pair, count), Priority(best.Pair, count));
                }

                continue;
            }

            if (count < minimumCount)
            {
                break;
            }

            (int left, int right) = ((int)(best.Pair >> 32), (int)best.Pair);
            int merged = Add(_pieces[left] + _pieces[right][Prefix.Length..]);
            changed.Clear();
            foreach (int word in _wordsOfPair[best.Pair])
            {
                Replace(word, left, right, merged, changed);
            }

            _pairCounts.Remove(best.Pair);
            _wordsOfPair.Remove(best.Pair);
            changed.Remove(best.Pair);
            foreach (long pair in changed)
            {
                if (_pairCounts.TryGetValue(pair, out long now))
                {
                    _queue.Enqueue((pair, now), Priority(pair, now));
                }
            }
        }
    }

    // The greatest count first; of equal counts the pair of the earliest pieces.
    private static (long, long) Priority(long pair, long count) => (-count, pair);

    private static long Pair(int left, int right) => ((long)left << 32) | (uint)right;

    private int Add(string piece)
    {
        if (!_ids.TryGetValue(piece, out int id))
        {
            id = _pieces.Count;
            _ids.Add(piece, id);
            _pieces.Add(piece);
        }

        return id;
    }

    private void Replace(int word, int left, int right, int merged, HashSet<long> changed)
    {
        int[] old = _words[word];
        List<int> pieces = new(old.Length);
        for (int i = 0; i < old.Length; i++)
        {
            bool joins = i + 1 < old.Length && old[i] == left && old[i + 1] == right;
            pieces.Add(joins ? merged : old[i]);
            i += joins ? 1 : 0;
        }

        if (pieces.Count == old.Length)
        {
            return;
        }

        Count(word, old, -_wordCounts[word], null);
        Count(word, pieces, _wordCounts[word], changed);
        _words[word] = [.. pieces];
    }

    private void Count(int word, IReadOnlyList<int> pieces, long count, HashSet<long>? changed)
    {
        for (int i = 0; i + 1 < pieces.Count; i++)
        {
            long pair = Pair(pieces[i], pieces[i + 1]);
            _pairCounts[pair] = _pairCounts.GetValueOrDefault(pair) + count;
            if (count > 0)
            {
                changed?.Add(pair);
                if (!_wordsOfPair.TryGetValue(pair, out HashSet<int>? words))
                {
                    _wordsOfPair.Add(pair, words = []);
                }

                words.Add(word);
            }
        }
    }
}
