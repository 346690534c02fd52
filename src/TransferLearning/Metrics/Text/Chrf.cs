namespace TransferLearning;

/// <summary>chrF, a measure of translations by runs of characters, good for languages with many word forms (Popović, "chrF: character
/// n-gram F-score for automatic MT evaluation", 2015), as sacreBLEU defines it. Scores are from 0 to 100. Add texts one after another, or
/// use <see cref="Corpus(IReadOnlyList{string}, IReadOnlyList{string}, ChrfOptions)"/>.</summary>
public sealed class Chrf : CorpusMetric<double>
{
    private readonly ChrfOptions _options;
    private readonly Matches[] _matches;

    /// <summary>Begins with no text.</summary>
    /// <param name="options">How the score is computed; null means the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An order is negative, there is none, or beta is not positive.</exception>
    public Chrf(ChrfOptions? options = null)
    {
        _options = options ?? new ChrfOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(_options.CharacterOrder, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.WordOrder, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.Beta, nameof(options));
        _matches = new Matches[_options.CharacterOrder + _options.WordOrder];
        ArgumentOutOfRangeException.ThrowIfZero(_matches.Length, nameof(options));
    }

    /// <summary>The score of all texts added so far, from 0 to 100; 0 without any.</summary>
    public override double Score => ScoreOf(_matches);

    /// <summary>The score of translations as a whole.</summary>
    /// <param name="hypotheses">The translations.</param>
    /// <param name="references">The reference of each.</param>
    /// <param name="options">How it is computed; null means the defaults.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Corpus(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references, ChrfOptions? options = null)
        => new Chrf(options).Of(hypotheses, references);

    /// <summary>The score of translations as a whole, where each has several references; the best one counts.</summary>
    /// <param name="hypotheses">The translations.</param>
    /// <param name="references">The references of each, at least one.</param>
    /// <param name="options">How it is computed; null means the defaults.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or a translation has no reference.</exception>
    public static double Corpus(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, ChrfOptions? options = null)
        => new Chrf(options).Of(hypotheses, references);

    /// <summary>The score of one translation.</summary>
    /// <param name="hypothesis">The translation.</param>
    /// <param name="references">Its references, at least one; the best one counts.</param>
    /// <param name="options">How it is computed; null means the defaults.</param>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public static double Sentence(string hypothesis, IReadOnlyList<string> references, ChrfOptions? options = null)
        => new Chrf(options).Of([hypothesis], [references]);

    private protected override void Count(string hypothesis, IReadOnlyList<string> references)
    {
        UnitNumbers numbers = new();
        (NGramCounts Counts, long Total)[] counted = Counted(hypothesis, numbers);
        Matches[] best = references.Select(reference => Counted(reference, numbers).Zip(counted, Matches.Of).ToArray()).MaxBy(ScoreOf)!;
        for (int i = 0; i < best.Length; i++)
        {
            _matches[i] += best[i];
        }
    }

    private static List<string> WordsAndMarks(string text)
    {
        const string Marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
        List<string> words = [];
        foreach (string word in TextUnits.Words(text))
        {
            // One mark is taken off, behind or else in front; this is what sacreBLEU and the first chrF++ do.
            bool isLong = TextUnits.Characters(word).Length > 1;
            words.AddRange(isLong && Marks.Contains(word[^1], StringComparison.Ordinal) ? [word[..^1], word[^1..]]
                : isLong && Marks.Contains(word[0], StringComparison.Ordinal) ? [word[..1], word[1..]]
                : [word]);
        }

        return words;
    }

    private (NGramCounts Counts, long Total)[] Counted(string text, UnitNumbers numbers)
    {
        text = _options.Lowercase ? TextUnits.Lower(text) : text;
        int[] characters = TextUnits.Characters(_options.Whitespace ? text : string.Concat(TextUnits.Words(text)));
        int[] words = _options.WordOrder > 0 ? numbers.Of(WordsAndMarks(text)) : [];
        return [.. Orders(characters, _options.CharacterOrder), .. Orders(words, _options.WordOrder)];
    }

    private static IEnumerable<(NGramCounts Counts, long Total)> Orders(int[] units, int orders)
        => Enumerable.Range(1, orders).Select(order => (NGramCounts.Of(units, order), NGramCounts.Total(units.Length, order)));

    // The mean of precisions, the mean of recalls, then their F; orders that one of both texts is too short for are left out.
    private double ScoreOf(Matches[] matches)
    {
        Matches[] effective = [.. matches.Where(match => match.Hypothesis > 0 && match.Reference > 0)];
        if (effective.Length == 0)
        {
            return 0;
        }

        double precision = effective.Average(match => match.Common / (double)match.Hypothesis);
        double recall = effective.Average(match => match.Common / (double)match.Reference);
        double factor = _options.Beta * _options.Beta;
        return precision + recall > 0 ? 100 * (1 + factor) * precision * recall / ((factor * precision) + recall) : 0;
    }

    private readonly record struct Matches(long Hypothesis, long Reference, long Common)
    {
        public static Matches operator +(Matches left, Matches right)
            => new(left.Hypothesis + right.Hypothesis, left.Reference + right.Reference, left.Common + right.Common);

        // Where the reference is too short for an order, the hypothesis cannot be right or wrong in it.
        public static Matches Of((NGramCounts Counts, long Total) reference, (NGramCounts Counts, long Total) hypothesis)
            => new(reference.Total > 0 ? hypothesis.Total : 0, reference.Total, hypothesis.Counts.Common(reference.Counts));
    }
}
