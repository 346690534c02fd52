namespace TransferLearning;

/// <summary>Word and character error rates: the edits between texts and their references (Levenshtein distance), for each word or character
/// of the references. Memory grows with the lengths of two texts, time with their product.</summary>
public static class ErrorRate
{
    /// <summary>The errors in the words of one text; words stand between white space.</summary>
    /// <param name="hypothesis">The text.</param>
    /// <param name="reference">What it should be.</param>
    public static ErrorCounts Words(string hypothesis, string reference)
    {
        ArgumentNullException.ThrowIfNull(hypothesis);
        ArgumentNullException.ThrowIfNull(reference);
        UnitNumbers numbers = new();
        return Between(numbers.Of(TextUnits.Words(hypothesis)), numbers.Of(TextUnits.Words(reference)));
    }

    /// <summary>The errors in the words of texts together.</summary>
    /// <param name="hypotheses">The texts.</param>
    /// <param name="references">What each should be.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static ErrorCounts Words(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references)
        => Sum(hypotheses, references, Words);

    /// <summary>The errors in the characters (code points) of one text, without the white space around it.</summary>
    /// <param name="hypothesis">The text.</param>
    /// <param name="reference">What it should be.</param>
    public static ErrorCounts Characters(string hypothesis, string reference)
    {
        ArgumentNullException.ThrowIfNull(hypothesis);
        ArgumentNullException.ThrowIfNull(reference);
        return Between(TextUnits.Characters(TextUnits.Stripped(hypothesis)), TextUnits.Characters(TextUnits.Stripped(reference)));
    }

    /// <summary>The errors in the characters of texts together.</summary>
    /// <param name="hypotheses">The texts.</param>
    /// <param name="references">What each should be.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static ErrorCounts Characters(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references)
        => Sum(hypotheses, references, Characters);

    private static ErrorCounts Between(int[] hypothesis, int[] reference)
    {
        (long substitutions, long deletions, long insertions) = EditDistance.Between(hypothesis, reference);
        return new ErrorCounts(substitutions, deletions, insertions, reference.Length);
    }

    private static ErrorCounts Sum(
        IReadOnlyList<string> hypotheses, IReadOnlyList<string> references, Func<string, string, ErrorCounts> count)
    {
        ParallelTexts.Check(hypotheses, references);
        return hypotheses.Zip(references, count).Aggregate(new ErrorCounts(0, 0, 0, 0), (sum, counts) => sum.Add(counts));
    }
}
