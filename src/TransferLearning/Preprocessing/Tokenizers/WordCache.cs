using System.Collections.Concurrent;

namespace TransferLearning;

/// <summary>The tokens of words seen before, for several threads at once. When it is full it is emptied, so that its memory has a bound and
/// text of another kind finds its place.</summary>
internal sealed class WordCache
{
    private const int MostWords = 1 << 16;
    private const int LongestWord = 64;
    private readonly ConcurrentDictionary<string, int[]> _words = new(StringComparer.Ordinal);
    private int _count;

    public delegate int[] Cut(ReadOnlySpan<char> word);

    public int[] Get(ReadOnlySpan<char> word, Cut cut)
    {
        ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> lookup = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        if (word.Length > LongestWord)
        {
            return cut(word);
        }

        if (lookup.TryGetValue(word, out int[]? tokens))
        {
            return tokens;
        }

        tokens = cut(word);
        if (Interlocked.Increment(ref _count) > MostWords)
        {
            _words.Clear();
            Volatile.Write(ref _count, 0);
        }

        lookup[word] = tokens;
        return tokens;
    }
}
