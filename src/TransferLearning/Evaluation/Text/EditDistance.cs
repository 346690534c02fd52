namespace TransferLearning;

/// <summary>The fewest edits between two lists (V. I. Levenshtein, 1966), in memory that grows with the shorter one.</summary>
internal static class EditDistance
{
    // An edit costs 2^32, a substitution one less: the cheapest way has the fewest edits and, among those, the most substitutions.
    private const long Edit = 1L << 32;
    private const long Substitution = Edit - 1;

    public static ErrorCounts Between(ReadOnlySpan<int> hypothesis, ReadOnlySpan<int> reference)
    {
        int length = reference.Length, surplus = hypothesis.Length - reference.Length;
        int same = hypothesis.CommonPrefixLength(reference);
        hypothesis = hypothesis[same..];
        reference = reference[same..];
        while (hypothesis.Length > 0 && reference.Length > 0 && hypothesis[^1] == reference[^1])
        {
            hypothesis = hypothesis[..^1];
            reference = reference[..^1];
        }

        // The costs of both directions are the same, so that the shorter list may be the row.
        long cost = hypothesis.Length < reference.Length ? Cost(reference, hypothesis) : Cost(hypothesis, reference);
        long edits = (cost + Edit - 1) / Edit;
        long substitutions = (edits * Edit) - cost;
        long insertions = (edits - substitutions + surplus) / 2;
        return new ErrorCounts(substitutions, insertions - surplus, insertions, length);
    }

    private static long Cost(ReadOnlySpan<int> rows, ReadOnlySpan<int> columns)
    {
        long[] costs = new long[columns.Length + 1];
        for (int j = 0; j < costs.Length; j++)
        {
            costs[j] = j * Edit;
        }

        for (int i = 0; i < rows.Length; i++)
        {
            int unit = rows[i];
            long corner = costs[0], left = costs[0] += Edit;
            for (int j = 0; j < columns.Length; j++)
            {
                long above = costs[j + 1];
                left = Math.Min(corner + (unit == columns[j] ? 0 : Substitution), Math.Min(above, left) + Edit);
                corner = above;
                costs[j + 1] = left;
            }
        }

        return costs[^1];
    }
}
