using System.Numerics;

namespace TransferLearning;

/// <summary>The fewest edits between two lists (V. I. Levenshtein, 1966), in memory that grows with their lengths.</summary>
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

    // The cells of an anti-diagonal do not depend on each other: as many are worked out at once as a vector holds. Place j of a diagonal
    // is the cell after j columns and (diagonal - j) rows; with the rows turned round, both lists are gone through in the same direction.
    private static long Cost(ReadOnlySpan<int> rows, ReadOnlySpan<int> columns)
    {
        int height = rows.Length, width = columns.Length;
        long[] units = new long[width], turned = new long[height];
        for (int j = 0; j < width; j++)
        {
            units[j] = columns[j];
        }

        for (int i = 0; i < height; i++)
        {
            turned[height - 1 - i] = rows[i];
        }

        long[] before = new long[width + 1], last = new long[width + 1], next = new long[width + 1];
        for (int diagonal = 1; diagonal <= height + width; diagonal++)
        {
            (before, last, next) = (last, next, before);
            next[0] = diagonal * Edit;
            int first = Math.Max(1, diagonal - height), end = Math.Min(diagonal - 1, width);
            Inner(units.AsSpan(first - 1), turned.AsSpan(height - diagonal + first), before.AsSpan(first - 1), last.AsSpan(first - 1),
                next.AsSpan(first, Math.Max(end - first + 1, 0)));
            if (diagonal <= width)
            {
                next[diagonal] = diagonal * Edit;
            }
        }

        return next[width];
    }

    private static void Inner(
        ReadOnlySpan<long> units, ReadOnlySpan<long> turned, ReadOnlySpan<long> corners, ReadOnlySpan<long> sides, Span<long> next)
    {
        Vector<long> edit = new(Edit), substitution = new(Substitution);
        int j = 0;
        for (; j <= next.Length - Vector<long>.Count; j += Vector<long>.Count)
        {
            var same = Vector.Equals(new Vector<long>(units[j..]), new Vector<long>(turned[j..]));
            var replaced = new Vector<long>(corners[j..]) + Vector.AndNot(substitution, same);
            Vector.Min(replaced, Vector.Min(new Vector<long>(sides[j..]), new Vector<long>(sides[(j + 1)..])) + edit).CopyTo(next[j..]);
        }

        for (; j < next.Length; j++)
        {
            next[j] = Math.Min(corners[j] + (units[j] == turned[j] ? 0 : Substitution), Math.Min(sides[j], sides[j + 1]) + Edit);
        }
    }
}
