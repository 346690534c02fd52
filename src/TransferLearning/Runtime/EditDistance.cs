namespace TransferLearning;

/// <summary>The fewest edits between two lists (V. I. Levenshtein, 1966), in memory that grows with their lengths.</summary>
internal static class EditDistance
{
    // An edit costs 2^32, a substitution one less: the cheapest way has the fewest edits and, among those, the most substitutions.
    private const long Edit = 1L << 32;
    private const long Substitution = Edit - 1;

    /// <summary>The fewest edits that turn one name into another.</summary>
    public static long Between(string left, string right)
    {
        (long substitutions, long deletions, long insertions) = Between(
            [.. left.Select(unit => (int)unit)], [.. right.Select(unit => (int)unit)]);
        return substitutions + deletions + insertions;
    }

    /// <summary>
    /// The fewest edits that turn a reference into a hypothesis; of several ways as short, the one with the most substitutions.
    /// </summary>
    public static (long Substitutions, long Deletions, long Insertions) Between(ReadOnlySpan<int> hypothesis, ReadOnlySpan<int> reference)
    {
        int surplus = hypothesis.Length - reference.Length;
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
        return (substitutions, insertions - surplus, insertions);
    }

    // The cells of an anti-diagonal do not depend on each other: as many are computed at once as a vector holds. Place j of a diagonal is
    // the cell after j columns and (diagonal - j) rows; with the rows reversed, both lists are read in the same direction.
    private static long Cost(ReadOnlySpan<int> rows, ReadOnlySpan<int> columns)
    {
        int height = rows.Length, width = columns.Length;
        long[] units = new long[width], reversed = new long[height];
        for (int j = 0; j < width; j++)
        {
            units[j] = columns[j];
        }

        for (int i = 0; i < height; i++)
        {
            reversed[height - 1 - i] = rows[i];
        }

        long[] before = new long[width + 1], last = new long[width + 1], next = new long[width + 1];
        for (int diagonal = 1; diagonal <= height + width; diagonal++)
        {
            (before, last, next) = (last, next, before);
            next[0] = diagonal * Edit;
            int first = Math.Max(1, diagonal - height), end = Math.Min(diagonal - 1, width);
            Inner(units.AsSpan(first - 1), reversed.AsSpan(height - diagonal + first), before.AsSpan(first - 1), last.AsSpan(first - 1),
                next.AsSpan(first, Math.Max(end - first + 1, 0)));
            if (diagonal <= width)
            {
                next[diagonal] = diagonal * Edit;
            }
        }

        return next[width];
    }

    private static void Inner(
        ReadOnlySpan<long> units, ReadOnlySpan<long> reversed, ReadOnlySpan<long> corners, ReadOnlySpan<long> sides, Span<long> next)
    {
        Vector<long> edit = new(Edit), substitution = new(Substitution);
        int j = 0;
        for (; j <= next.Length - Vector<long>.Count; j += Vector<long>.Count)
        {
            Vector<long> same = Vector.Equals(new Vector<long>(units[j..]), new Vector<long>(reversed[j..]));
            Vector<long> replaced = new Vector<long>(corners[j..]) + Vector.AndNot(substitution, same);
            Vector.Min(replaced, Vector.Min(new Vector<long>(sides[j..]), new Vector<long>(sides[(j + 1)..])) + edit).CopyTo(next[j..]);
        }

        for (; j < next.Length; j++)
        {
            next[j] = Math.Min(corners[j] + (units[j] == reversed[j] ? 0 : Substitution), Math.Min(sides[j], sides[j + 1]) + Edit);
        }
    }
}
