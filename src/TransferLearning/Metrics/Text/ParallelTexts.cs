namespace TransferLearning;

/// <summary>Checks that every text has what it is compared with.</summary>
internal static class ParallelTexts
{
    public static void Check<T>(IReadOnlyList<string> hypotheses, IReadOnlyList<T> references)
    {
        ArgumentNullException.ThrowIfNull(hypotheses);
        ArgumentNullException.ThrowIfNull(references);
        if (hypotheses.Count != references.Count)
        {
            throw new ArgumentException(
                $"There are {hypotheses.Count} texts and references for {references.Count}; expected as many.", nameof(references));
        }
    }
}
