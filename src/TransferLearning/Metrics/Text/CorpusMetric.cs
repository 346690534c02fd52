namespace TransferLearning;

/// <summary>
/// A measure of texts against references, over a whole corpus: texts are added one after another, and the score is of all of them.
/// </summary>
/// <typeparam name="TScore">What the score is.</typeparam>
public abstract class CorpusMetric<TScore>
{
    private protected CorpusMetric() { }

    /// <summary>The score of all texts added so far.</summary>
    public abstract TScore Score { get; }

    /// <summary>Adds a text.</summary>
    /// <param name="hypothesis">The text.</param>
    /// <param name="references">Its references, at least one.</param>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public void Add(string hypothesis, params IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(hypothesis);
        ArgumentNullException.ThrowIfNull(references);
        if (references.Count == 0)
        {
            throw new ArgumentException("A text has no reference; expected at least one.", nameof(references));
        }

        Count(hypothesis, references);
    }

    /// <summary>Counts what the score needs of one text.</summary>
    private protected abstract void Count(string hypothesis, IReadOnlyList<string> references);

    /// <summary>Adds texts with one reference each, and gives the score.</summary>
    private protected TScore Of(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        return Of(hypotheses, [.. references.Select(reference => new[] { reference })]);
    }

    /// <summary>Adds texts with all their references, and gives the score.</summary>
    private protected TScore Of(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ParallelTexts.Check(hypotheses, references);
        for (int i = 0; i < hypotheses.Count; i++)
        {
            Add(hypotheses[i], references[i]);
        }

        return Score;
    }
}
