namespace TransferLearning;

/// <summary>ROUGE, the usual measure of summaries (Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004), as Google's
/// <c>rouge_score</c> defines it without stemming: texts in lower case, words are runs of the letters a to z and digits.</summary>
public static class Rouge
{
    /// <summary>The scores of one summary.</summary>
    /// <param name="hypothesis">The summary.</param>
    /// <param name="reference">What it is compared with.</param>
    public static RougeScores Score(string hypothesis, string reference)
    {
        ArgumentNullException.ThrowIfNull(hypothesis);
        ArgumentNullException.ThrowIfNull(reference);
        UnitNumbers numbers = new();
        int[] written = numbers.Of(Words(hypothesis)), expected = numbers.Of(Words(reference));
        return new RougeScores(
            NGrams(written, expected, 1),
            NGrams(written, expected, 2),
            RougeScore.Of(LongestCommonSubsequence.Length(written, expected), written.Length, expected.Length),
            Summary(Lines(hypothesis, numbers), Lines(reference, numbers)));
    }

    /// <summary>The means of the scores of many summaries; 0 without any.</summary>
    /// <param name="hypotheses">The summaries.</param>
    /// <param name="references">What each is compared with.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static RougeScores Mean(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references)
    {
        ParallelTexts.Check(hypotheses, references);
        RougeScores[] scores = [.. hypotheses.Zip(references, Score)];
        return new RougeScores(
            Mean(scores, score => score.Rouge1),
            Mean(scores, score => score.Rouge2),
            Mean(scores, score => score.RougeL),
            Mean(scores, score => score.RougeLsum));
    }

    private static RougeScore Mean(RougeScores[] scores, Func<RougeScores, RougeScore> part) => scores.Length == 0
        ? new RougeScore(0, 0, 0)
        : new RougeScore(
            scores.Average(score => part(score).Precision),
            scores.Average(score => part(score).Recall),
            scores.Average(score => part(score).F1));

    private static RougeScore NGrams(int[] hypothesis, int[] reference, int order) => RougeScore.Of(
        NGramCounts.Of(hypothesis, order).Common(NGramCounts.Of(reference, order)),
        NGramCounts.Total(hypothesis.Length, order),
        NGramCounts.Total(reference.Length, order));

    /// <summary>A word counts at most as often as it occurs in the whole summary and the whole reference.</summary>
    private static RougeScore Summary(int[][] hypothesis, int[][] reference)
    {
        Dictionary<int, int> left = Counts(hypothesis), leftOfReference = Counts(reference);
        long common = 0;
        foreach (int[] line in reference)
        {
            bool[] marks = new bool[line.Length];
            foreach (int[] other in hypothesis)
            {
                LongestCommonSubsequence.Mark(line, other, marks);
            }

            foreach (int word in line.Where((_, i) => marks[i]))
            {
                if (left[word] > 0 && leftOfReference[word] > 0)
                {
                    left[word]--;
                    leftOfReference[word]--;
                    common++;
                }
            }
        }

        return RougeScore.Of(common, hypothesis.Sum(line => (long)line.Length), reference.Sum(line => (long)line.Length));
    }

    private static Dictionary<int, int> Counts(int[][] lines) => lines.SelectMany(line => line).CountBy(word => word).ToDictionary();
    private static int[][] Lines(string text, UnitNumbers numbers) => [.. text.Split('\n').Select(line => numbers.Of(Words(line)))];

    private static List<string> Words(string text)
    {
        List<string> words = new();
        string lower = TextUnits.Lower(text);
        for (int i = 0, start = -1; i <= lower.Length; i++)
        {
            bool isWord = i < lower.Length && char.IsAsciiLetterOrDigit(lower[i]);
            if (!isWord && start >= 0)
            {
                words.Add(lower[start..i]);
                start = -1;
            }
            else if (isWord && start < 0)
            {
                start = i;
            }
        }

        return words;
    }
}
