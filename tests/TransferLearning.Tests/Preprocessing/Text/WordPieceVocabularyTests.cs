namespace TransferLearning.Tests;

public sealed class WordPieceVocabularyTests : IDisposable
{
    private static readonly string[] Texts =
    [
        "low low low low low lower lower newest newest newest newest newest newest widest widest widest",
        "Lower, newer!",
    ];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_most_frequent_neighbours_become_pieces()
    {
        WordPieceVocabulary vocabulary = WordPieceVocabulary.Train(Texts, 60);
        Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], vocabulary.Tokens.Take(5));
        Assert.Contains("low", vocabulary.Tokens);
        Assert.Contains("newest", vocabulary.Tokens);
        Assert.Contains("!", vocabulary.Tokens);
        Assert.Equal(vocabulary.Tokens.Count, vocabulary.Tokens.Distinct().Count());
        // "w" and "e" stand together ten times, "s" and "t" nine times.
        string first = vocabulary.Tokens.Skip(5).First(token => token.Replace("##", "", StringComparison.Ordinal).Length == 2);
        Assert.Equal("##we", first);
    }

    [Fact]
    public void Learning_is_the_same_each_time_and_stops_at_the_size()
    {
        Assert.Equal(WordPieceVocabulary.Train(Texts, 40).Tokens, WordPieceVocabulary.Train(Texts.Reverse(), 40).Tokens);
        Assert.Equal(30, WordPieceVocabulary.Train(Texts, 30).Tokens.Count);
        Assert.Throws<ArgumentException>(() => WordPieceVocabulary.Train([" "], 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => WordPieceVocabulary.Train(Texts, 5));
    }

    [Fact]
    public void A_saved_vocabulary_gives_the_same_tokens_and_the_text_back()
    {
        WordPieceVocabulary vocabulary = WordPieceVocabulary.Train(Texts, 60, lowerCase: false);
        vocabulary.Save(_folder.File("vocab.txt"));
        TextTokenizer read = TextTokenizer.FromFolder(_folder.Path);
        WordPieceTokenizer made = vocabulary.CreateTokenizer();
        Assert.Equal(vocabulary.Tokens.Count, read.VocabularySize);
        Assert.Equal(made.Encode(Texts[1]).Ids, read.Encode(Texts[1]).Ids);
        Assert.Equal(Texts[1], read.Decode(read.Encode(Texts[1]).Ids));
    }

    [Fact]
    public void Pair_counts_kept_up_to_date_equal_counting_anew()
    {
        string[] texts = [.. Enumerable.Range(0, 300).Select(i => $"abab{i % 7} banana{i % 5} aaaa{i % 3} {i}")];
        Assert.Equal(Recounted(texts, 120), WordPieceVocabulary.Train(texts, 125).Tokens.Skip(5).Take(120));
    }

    // The definition, word for word: count all pairs, merge the most frequent, begin again.
    private static List<string> Recounted(string[] texts, int most)
    {
        Dictionary<string, long> counts = texts
            .SelectMany(text => text.Split(' '))
            .GroupBy(word => word)
            .ToDictionary(group => group.Key, group => (long)group.Count());
        List<(List<string> Pieces, long Count)> words =
        [
            .. counts.Select(pair => (pair.Key.Select((c, i) => (i == 0 ? "" : "##") + c).ToList(), pair.Value))
        ];
        List<string> pieces = [.. words.SelectMany(word => word.Pieces).Distinct().Order(StringComparer.Ordinal)];
        while (pieces.Count < most)
        {
            ((string First, string Second) Key, long Count) best = words
                .SelectMany(word => word.Pieces.Zip(word.Pieces.Skip(1)).Select(pair => (pair.First, pair.Second, word.Count)))
                .GroupBy(pair => (pair.First, pair.Second), pair => pair.Count)
                .Select(group => (group.Key, Count: group.Sum()))
                .Where(pair => pair.Count >= 2)

                    .OrderByDescending(pair => pair.Count)
                    .ThenBy(pair => pieces.IndexOf(pair.Key.First))
                    .ThenBy(pair => pieces.IndexOf(pair.Key.Second))
                .FirstOrDefault();
            if (best.Count == 0)
            {
                break;
            }

            string merged = best.Key.First + best.Key.Second[2..];
            if (!pieces.Contains(merged))
            {
                pieces.Add(merged);
            }

            foreach ((List<string> word, _) in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if ((word[i], word[i + 1]) == best.Key)
                    {
                        word[i] = merged;
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }

        return pieces;
    }
}
