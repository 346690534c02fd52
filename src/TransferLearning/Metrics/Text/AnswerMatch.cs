using System.Text.RegularExpressions;

namespace TransferLearning;

/// <summary>Exact match and F1 of answers, as the evaluation script of SQuAD 2.0 has them (Rajpurkar et al., 2018): texts are compared in
/// lower case, without punctuation and the articles a, an and the. Add answers one after another, or use <see cref="Of"/>.</summary>
public sealed partial class AnswerMatch
{
    private const string Marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private double _exact;
    private double _f1;
    private long _count;

    /// <summary>The scores of all answers added so far; 0 without any.</summary>
    public AnswerScore Score => new(_count > 0 ? _exact / _count : 0, _count > 0 ? _f1 / _count : 0, _count);

    /// <summary>The scores of answers.</summary>
    /// <param name="answers">The answers; empty where a question is held to have none.</param>
    /// <param name="references">The right answers of each; none where the question has none.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static AnswerScore Of(IReadOnlyList<string> answers, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ParallelTexts.Check(answers, references);
        AnswerMatch match = new();
        for (int i = 0; i < answers.Count; i++)
        {
            match.Add(answers[i], references[i]);
        }

        return match.Score;
    }

    /// <summary>A text as answers are compared: lower case, no punctuation, no article, single spaces.</summary>
    /// <param name="text">The text.</param>
    public static string Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string plain = string.Concat(TextUnits.Lower(text).Where(letter => !Marks.Contains(letter, StringComparison.Ordinal)));
        return string.Join(' ', TextUnits.Words(Article().Replace(plain, " ")));
    }

    /// <summary>Adds an answer.</summary>
    /// <param name="answer">The answer; empty where the question is held to have none.</param>
    /// <param name="references">The right answers; none where the question has none.</param>
    public void Add(string answer, params IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        string given = Normalize(answer);
        string[] right = [.. references.Select(Normalize).Where(text => text.Length > 0).DefaultIfEmpty("")];
        _exact += right.Contains(given) ? 1 : 0;
        _f1 += right.Max(text => F1(given, text));
        _count++;
    }

    private static double F1(string answer, string reference)
    {
        if (answer.Length == 0 || reference.Length == 0)
        {
            return answer == reference ? 1 : 0;
        }

        UnitNumbers numbers = new();
        int[] given = numbers.Of(answer.Split(' ')), right = numbers.Of(reference.Split(' '));
        return PrecisionRecall.Of(NGramCounts.Of(given, 1).Common(NGramCounts.Of(right, 1)), given.Length, right.Length).F1;
    }

    [GeneratedRegex(@"\b(a|an|the)\b")]
    private static partial Regex Article();
}
