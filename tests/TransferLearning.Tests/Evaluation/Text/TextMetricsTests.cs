using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

public sealed class TextMetricsTests
{
    [Theory]
    [InlineData("", "", 0, 0, 0, 0)]
    [InlineData("", "one two", 0, 2, 0, 2)]
    [InlineData("one two", "", 0, 0, 2, 0)]
    [InlineData("kitten sits here", "sitting sits", 1, 0, 1, 2)]
    [InlineData("a b c d", "b c d e", 0, 1, 1, 4)] // or four substitutions: more edits
    [InlineData("b a", "a b", 2, 0, 0, 2)] // or one deletion and one insertion: as many edits
    public void Word_errors_are_the_fewest_edits(
        string hypothesis, string reference, long substitutions, long deletions, long insertions, long units)
        => Assert.Equal(new ErrorCounts(substitutions, deletions, insertions, units), ErrorRate.Words(hypothesis, reference));

    [Fact]
    public void Error_rates_have_no_value_without_a_reference()
    {
        Assert.Null(ErrorRate.Words([], []).Rate);
        Assert.Null(ErrorRate.Characters("abc", " ").Rate);
        Assert.Equal(0.5, ErrorRate.Characters("a😀", " a😃 ").Rate); // a character of two code units is one
        Assert.Throws<ArgumentException>(() => ErrorRate.Words(["a"], []));
    }

    [Fact]
    public void Edit_counts_agree_with_a_search_over_all_alignments()
    {
        SeededRandom random = new(5);
        for (int round = 0; round < 300; round++)
        {
            string hypothesis = Letters(ref random), reference = Letters(ref random);
            (long edits, long substitutions) = Best(hypothesis, reference);
            ErrorCounts counts = ErrorRate.Characters(hypothesis, reference);
            Assert.Equal((edits, substitutions), (counts.Edits, counts.Substitutions));
            Assert.Equal(hypothesis.Length - reference.Length, counts.Insertions - counts.Deletions);
        }

        static string Letters(ref SeededRandom random)
        {
            char[] letters = new char[random.NextInt32(7)];
            for (int i = 0; i < letters.Length; i++)
            {
                letters[i] = (char)('a' + random.NextInt32(3));
            }

            return new string(letters);
        }

        static (long Edits, long Substitutions) Best(string h, string r)
        {
            if (h.Length == 0 || r.Length == 0)
            {
                return (h.Length + r.Length, 0);
            }

            int differs = h[0] == r[0] ? 0 : 1;
            (long e, long s) = Best(h[1..], r[1..]);
            (long e1, long s1) = Best(h[1..], r);
            (long e2, long s2) = Best(h, r[1..]);
            return new[] { (e + differs, s + differs), (e1 + 1, s1), (e2 + 1, s2) }
                .OrderBy(x => x.Item1)
                .ThenByDescending(x => x.Item2)
                .First();
        }
    }

    [Fact]
    public void Long_texts_need_little_memory()
    {
        string many = string.Join(' ', Enumerable.Range(0, 100_000).Select(i => $"w{i % 1000}")),
        few = string.Join(' ', Enumerable.Range(0, 300).Select(i => $"w{i * 3}"));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(99_700, ErrorRate.Words(many, few).Insertions);
        Assert.Equal(300, (long)Math.Round(Rouge.Score(many, few).RougeL.Recall * 300));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 150_000_000, $"{allocated} bytes"); // a whole table of 64-bit numbers would take 240 MB by itself
        Assert.Equal(0, ErrorRate.Words(many, many).Edits); // equal beginnings and ends cost nothing
        Assert.InRange(Bleu.Corpus([many], [many]).Score, 99.999999, 100.000001);
        Assert.InRange(Chrf.Corpus([many], [many]), 99.999999, 100.000001);
    }

    [Fact]
    public void The_marks_of_common_words_are_the_same_with_few_rows_kept()
    {
        // 3000 x 3000 is beyond the table that is held whole; the parts of 1000 x 3000 are not.
        SeededRandom random = new(3);
        int[] first =
        [
            .. Enumerable.Range(0, 3000).Select(_ => random.NextInt32(40))
        ], second = [.. Enumerable.Range(0, 3000).Select(_ => random.NextInt32(40))];
        bool[] marks = new bool[3000];
        LongestCommonSubsequence.Mark(first, second, marks);
        Assert.Equal(LongestCommonSubsequence.Length(first, second), marks.Count(mark => mark));
        Assert.Equal(WholeTable(first, second), marks);

        static bool[] WholeTable(int[] a, int[] b)
        {
            int[,] t = new int[a.Length + 1, b.Length + 1];
            for (int i = 0; i < a.Length; i++)
            {
                for (int j = 0; j < b.Length; j++)
                {
                    t[i + 1, j + 1] = a[i] == b[j] ? t[i, j] + 1 : Math.Max(t[i, j + 1], t[i + 1, j]);
                }
            }

            bool[] marks = new bool[a.Length];
            for (int i = a.Length, j = b.Length; i > 0 && j > 0;)
            {
                if (a[i - 1] == b[j - 1])
                {
                    marks[--i] = true;
                    j--;
                }
                else if (t[i, j - 1] > t[i - 1, j])
                {
                    j--;
                }
                else
                {
                    i--;
                }
            }

            return marks;
        }
    }

    [Fact]
    public void Lower_case_is_that_of_the_reference_scripts()
        => Assert.Equal(1, Rouge.Score("\u0130stanbul \u212A", "i stanbul k").Rouge1.F1); // a dotted I, a Kelvin sign

    [Fact]
    public void Nothing_to_score_gives_zero()
    {
        Assert.Equal(0, Bleu.Corpus([], Array.Empty<string>()).Score);
        Assert.Equal(0, Bleu.Sentence("", [""]).Score);
        Assert.Equal(0, Chrf.Corpus([], Array.Empty<string>()));
        Assert.Equal(0, Chrf.Sentence("", ["text"]));
        Assert.Equal(0, Rouge.Mean([], []).RougeL.F1);
        Assert.Equal(0, Rouge.Score("", "").RougeLsum.F1);
        Assert.Equal(0, EntityScore.Of([], []).Micro.F1);
        Assert.Equal(0, EntityScore.Of([[]], [[]], TagScheme.Iob2).TokenAccuracy);
        Assert.Equal(new AnswerScore(0, 0, 0), AnswerMatch.Of([], []));
        Assert.True(double.IsNaN(new Perplexity().Value));
    }

    [Fact]
    public void Scores_of_lists_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Bleu.Corpus(["a"], Array.Empty<string>()));
        Assert.Throws<ArgumentException>(() => Bleu.Corpus(["a"], [Array.Empty<string>()]));
        Assert.Throws<ArgumentException>(() => Chrf.Sentence("a", []));
        Assert.Throws<ArgumentException>(() => Rouge.Mean(["a"], []));
        Assert.Throws<ArgumentException>(() => AnswerMatch.Of(["a"], []));
        Assert.Throws<ArgumentException>(() => EntityScore.Of([["O"]], [["O", "O"]]));
        Assert.Throws<ArgumentException>(() => EntityScore.Of([["O"]], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Chrf(new() { CharacterOrder = 0 }));
    }

    [Fact]
    public void Adding_texts_one_by_one_is_scoring_the_corpus()
    {
        string[] hypotheses = ["the cat sat on the mat", "a dog"], references = ["the cat sat on a mat", "the dog barks"];
        Bleu bleu = new();
        Chrf chrf = new(ChrfOptions.PlusPlus);
        for (int i = 0; i < 2; i++)
        {
            bleu.Add(hypotheses[i], references[i]);
            chrf.Add(hypotheses[i], references[i]);
        }

        Assert.Equal(Bleu.Corpus(hypotheses, references).Score, bleu.Score.Score);
        Assert.Equal(Chrf.Corpus(hypotheses, references, ChrfOptions.PlusPlus), chrf.Score);
    }

    // Hypothesis "abcd", reference "abxd", orders 1 to 3: matches 3 of 4, 1 of 3 (ab), 0 of 2; precision = recall = (3/4 + 1/3 + 0) / 3.
    [Fact]
    public void Chrf_leaves_out_n_grams_of_orders_that_a_reference_is_too_short_for()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Fixtures", "Reports", "text", "chrf", "case.json");
        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(path));
        string[] Texts(string name) => [.. report.RootElement.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];
        double expected = report.RootElement.GetProperty("sacrebleu 2.x chrF").GetDouble();
        Assert.Equal(expected, Chrf.Corpus(Texts("hypotheses"), Texts("references")), 1e-9);

        // By hand, orders 1 and 2: the reference "a" has no pair, so the pairs "ab" and "bc" count for nothing.
        double precision = (((1 + 3) / 6d) + (2 / 2d)) / 2, recall = (((1 + 3) / 4d) + (2 / 2d)) / 2;
        double score = Chrf.Corpus(["abc", "xyz"], ["a", "xyz"], new() { CharacterOrder = 2 });
        Assert.Equal(100 * 5 * precision * recall / ((4 * precision) + recall), score, 1e-9);
    }

    [Fact]
    public void Chrf_is_the_mean_over_orders_computed_by_hand()
    {
        Assert.Equal(100 * ((3 / 4d) + (1 / 3d)) / 3, Chrf.Sentence("ab cd", ["a bxd"], new() { CharacterOrder = 3 }), 1e-9);

        // Orders beyond the shorter text do not count: "ab" and "abc" have orders 1 and 2 in common.
        double precision = 1, recall = ((2 / 3d) + (1 / 2d)) / 2;
        Assert.Equal(100 * 5 * precision * recall / ((4 * precision) + recall), Chrf.Sentence("ab", ["abc"]), 1e-9);

        // Words count with chrF++: "a b." is a, b and the mark; the reference a, c and the mark.
        // Characters ab. and ac.: 2/3, 0/2, 0/1; words 2/3, pairs 0/2.
        Assert.Equal(100 * ((2 / 3d) + (2 / 3d)) / 5, Chrf.Sentence("a b.", ["a c."], ChrfOptions.PlusPlus), 1e-9);
        Assert.Equal(0, Chrf.Sentence("abc", ["xyz"]));
    }

    [Fact]
    public void Chrf_keeps_its_properties()
    {
        Assert.Equal(100, Chrf.Sentence("Der Übergang", ["Der Übergang"]), 1e-9);
        Assert.Equal(100, Chrf.Sentence("Der Übergang", ["Derüber", "Der  Übergang"]), 1e-9); // the best reference counts, spaces do not
        Assert.True(Chrf.Sentence("Der Übergang", ["Der  Übergang"], new() { Whitespace = true }) < 100);
        Assert.True(Chrf.Sentence("der übergang", ["Der Übergang"]) < 100);
        Assert.Equal(100, Chrf.Sentence("der übergang", ["Der Übergang"], new() { Lowercase = true }), 1e-9);
        Assert.True(Chrf.Sentence("abcdefgh", ["abcdefghijkl"]) < Chrf.Sentence("abcdefghijkl", ["abcdefgh"])); // recall counts more
    }

    [Theory]
    [InlineData(TagScheme.Iob1, "I-A I-A B-A O I-A I-B", "A,0,1 A,2,2 A,4,4 B,5,5")]
    [InlineData(TagScheme.Iob2, "I-A B-A I-B I-B B-B", "A,1,1 B,4,4")]
    [InlineData(TagScheme.Ioe1, "I-A E-A I-A O I-B", "A,0,1 A,2,2 B,4,4")]
    [InlineData(TagScheme.Ioe2, "I-A E-A I-A O E-B I-B E-B", "A,0,1 B,4,4 B,5,6")]
    [InlineData(TagScheme.Iobes, "S-A B-A I-A E-A B-B E-A I-A", "A,0,0 A,1,3")]
    [InlineData(TagScheme.Bilou, "U-A B-A I-A L-A B-B L-A I-A", "A,0,0 A,1,3")]
    [InlineData(TagScheme.Lenient, "I-A I-B E-B S-B B I", "A,0,0 B,1,2 B,3,3 _,4,5")]
    public void Schemes_read_their_entities(TagScheme scheme, string tags, string expected)
        => Assert.Equal(
            expected,
            string.Join(
                ' ', EntityScore.Entities(tags.Split(' '), scheme).Select(entity => $"{entity.Type},{entity.First},{entity.Last}")));

    [Fact]
    public void A_tag_of_another_scheme_is_refused()
    {
        Assert.Contains("'E-A'", Assert.Throws<ArgumentException>(() => EntityScore.Entities(["B-A", "E-A"], TagScheme.Iob2)).Message);
        Assert.Throws<ArgumentException>(() => EntityScore.Entities([""]));
    }

    [Theory]
    [InlineData("The  Cat!", "cat", 1, 1)]
    [InlineData("the black cat", "a cat", 0, 2 / 3d)]
    [InlineData("dog", "cat", 0, 0)]
    [InlineData("", "", 1, 1)]
    [InlineData("", "cat", 0, 0)]
    [InlineData("cat cat", "cat", 0, 2 / 3d)]
    [InlineData("theatre", "atre", 0, 0)] // an article is a whole word
    public void Answers_are_compared_as_squad_does(string answer, string reference, double exact, double f1)
    {
        AnswerScore score = AnswerMatch.Of([answer], [[reference]]);
        Assert.Equal(exact, score.ExactMatch);
        Assert.Equal(f1, score.F1, 1e-12);
    }

    [Fact]
    public void The_best_reference_counts_and_no_answer_is_an_answer()
    {
        AnswerScore score = AnswerMatch.Of(["in Paris", "", "x"], [["Rome", "Paris", "in Paris"], [], []]);
        Assert.Equal(new AnswerScore(2 / 3d, 2 / 3d, 3), score);
    }

    [Fact]
    public void Perplexity_weighs_tokens_not_batches()
    {
        Perplexity perplexity = new();
        perplexity.Add(1.0, 3);
        perplexity.Add(2.0, 1);
        perplexity.Add(double.NaN, 0); // a batch without a label
        Assert.Equal(Math.Exp(1.25), perplexity.Value, 1e-12);
        Assert.Equal(4, perplexity.Tokens);
        Assert.Throws<ArgumentOutOfRangeException>(() => perplexity.Add(1, -1));

        using DisposeScope scope = torch.NewDisposeScope();
        long live = LibTorch.LiveTensorCount;
        Assert.Equal(9, Perplexity.Of(torch.zeros(700, 9), torch.zeros(700, torch.int64)), 1e-9);
        Assert.Throws<ArgumentException>(() => Perplexity.Of(torch.zeros(2, 9), torch.zeros(3, torch.int64)));
        Assert.Throws<ArgumentException>(() => Perplexity.Of(torch.zeros(2, 9), torch.full(2, 9, torch.int64)));
        Assert.Equal(live + 6, LibTorch.LiveTensorCount); // the arguments alone
    }
}
