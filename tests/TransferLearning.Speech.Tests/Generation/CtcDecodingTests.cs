namespace TransferLearning.Tests;

public sealed class CtcDecodingTests
{
    private static readonly CtcVocabulary Letters = new(["<pad>", "|", "a", "b"]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_search_adds_all_ways_to_a_text(int seed)
    {
        const int Frames = 5;
        float[] table = Random(seed, Frames, Letters.Count);
        Dictionary<string, double> all = [];
        int ways = (int)Math.Pow(Letters.Count, Frames);
        for (int way = 0; way < ways; way++)
        {
            int[] path = [.. Enumerable.Range(0, Frames).Select(frame => way / (int)Math.Pow(Letters.Count, frame) % Letters.Count)];
            double logProbability = path.Select((entry, frame) => (double)table[(frame * Letters.Count) + entry]).Sum();
            string text = string.Join(' ', CtcDecoding.Merged(path, Letters.Blank));
            all[text] = all.GetValueOrDefault(text) + Math.Exp(logProbability);
        }

        IReadOnlyList<(IReadOnlyList<int> Entries, double Score)> found = CtcDecoding.Search(table, Letters, beams: ways);
        Assert.Equal(all.Count, found.Count);
        foreach ((IReadOnlyList<int> entries, double score) in found)
        {
            Assert.Equal(Math.Log(all[string.Join(' ', entries)]), score, 6);
        }

        string best = all.MaxBy(pair => pair.Value).Key;
        Assert.Equal(best, string.Join(' ', found[0].Entries));
        Assert.Equal(best, string.Join(' ', CtcDecoding.Search(table, Letters, beams: 16)[0].Entries));
    }

    [Fact]
    public void Repetitions_are_one_unless_a_blank_stands_between()
        => Assert.Equal([2, 2, 3], CtcDecoding.Merged([0, 2, 2, 0, 2, 3, 3, 0], 0));

    [Fact]
    public void Only_words_of_a_list_are_written()
    {
        float[] table = Table("aabb", "ab|b"); // likeliest a, a|b alike, …
        HashSet<string> words = ["ba"];
        string free = Letters.Decode(CtcDecoding.Search(Table("a0b", "a0b"), Letters, 8)[0].Entries);
        string bound = Letters.Decode(CtcDecoding.Search(Table("b0a", "a0b"), Letters, 8, words)[0].Entries);
        Assert.Equal("ab", free);
        Assert.Equal("ba", bound);
        Assert.All(
            CtcDecoding.Search(table, Letters, 8, words),
            text => Assert.All(
                Letters.Decode(text.Entries).Split(' ', StringSplitOptions.RemoveEmptyEntries), word => Assert.Contains(word, words)));
    }

    [Fact]
    public void A_language_model_decides_between_texts_that_sound_alike()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(
            folder.File("model.arpa"),
            """
            \data\
            ngram 1=5
            ngram 2=2

            \1-grams:
            -1.0	<unk>
            -99	<s>	0
            -1.0	</s>
            -0.1	b	-0.2
            -2.0	a	-0.3

            \2-grams:
            -0.05	<s> b
            -0.5	b </s>

            \end\
            """);
        NGramModel model = NGramModel.FromFile(folder.File("model.arpa"));
        Assert.Equal((2, 7), (model.Order, model.Count));
        Assert.Equal(-0.05 * Math.Log(10), model.LogProbability(["<s>"], "b"), 6);
        Assert.Equal((-2.0 - 0.2) * Math.Log(10), model.LogProbability(["a", "b"], "a"), 6); // the pair is not known
        Assert.Equal((-1.0 - 0.3) * Math.Log(10), model.LogProbability(["a"], "never"), 6);

        float[] table = Table("a", "b"); // a is a little likelier
        Assert.Equal("a", Letters.Decode(CtcDecoding.Search(table, Letters, 8)[0].Entries));
        Assert.Equal("b", Letters.Decode(CtcDecoding.Search(table, Letters, 8, null, (model, 0.5, 0))[0].Entries));
    }

    [Theory]
    [InlineData("\\data\\\nngram 1=2\n\n\\1-grams:\n-1 a\n\n\\end\\\n", "1 sequences of 1 words, and the header names 2")]
    [InlineData("\\data\\\nngram 1=1\n\n\\1-grams:\nx a\n\n\\end\\\n", "line 5: 'x' is not a number")]
    [InlineData("\\data\\\nngram 1=1\n\n\\1-grams:\n-1 a\n", "ends before \\end\\")]
    [InlineData("hello\n", "0 lengths")]
    public void A_damaged_language_model_is_named(string text, string problem)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("model.arpa"), text);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => NGramModel.FromFile(folder.File("model.arpa")));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("model.arpa", error.Message, StringComparison.Ordinal);
    }

    // Each frame has a likeliest and a second entry; 0 is the blank.
    private static float[] Table(string first, string second)
    {
        List<float> table = [];
        for (int frame = 0; frame < first.Length; frame++)
        {
            double[] frameProbabilities = [.. Enumerable.Repeat(0.01, Letters.Count)];
            frameProbabilities[Entry(second[frame])] = 0.44;
            frameProbabilities[Entry(first[frame])] = first[frame] == second[frame] ? 0.97 : 0.5;
            table.AddRange(frameProbabilities.Select(probability => (float)Math.Log(probability)));
        }

        return [.. table];
    }

    private static int Entry(char letter) => letter == '0' ? Letters.Blank : Letters.Tokens.ToList().IndexOf($"{letter}");

    private static float[] Random(int seed, int frames, int entries)
    {
        SeededRandom random = new(seed);
        List<float> table = [];
        for (int frame = 0; frame < frames; frame++)
        {
            double[] numbers = new double[entries];
            for (int i = 0; i < entries; i++)
            {
                numbers[i] = Math.Exp(2 * random.NextGaussian());
            }

            table.AddRange(numbers.Select(number => (float)Math.Log(number / numbers.Sum())));
        }

        return [.. table];
    }
}
