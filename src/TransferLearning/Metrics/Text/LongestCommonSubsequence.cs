namespace TransferLearning;

/// <summary>What two lists have in common, in order but with gaps.</summary>
internal static class LongestCommonSubsequence
{
    private const long WholeTable = 1 << 22; // cells that may be held at once; beyond it rows are computed again

    /// <summary>Its length, in memory that grows with the shorter list.</summary>
    public static int Length(int[] first, int[] second)
    {
        (int[]? rows, int[]? columns) = first.Length >= second.Length ? (first, second) : (second, first);
        int[] lengths = new int[columns.Length + 1];
        foreach (int unit in rows)
        {
            Next(unit, columns, lengths, lengths);
        }

        return lengths[^1];
    }

    /// <summary>Marks where one of them stands in the first list: from the end back, equal units are taken, else the step goes along the
    /// second list if that alone keeps the length, else along the first. This choice is the one of Google's rouge_score.</summary>
    public static void Mark(int[] first, int[] second, bool[] marks)
    {
        // Only every so many rows are kept; those between are computed again on the way back.
        int block = (long)first.Length * second.Length <= WholeTable
            ? Math.Max(first.Length, 1)
            : (int)Math.Ceiling(Math.Sqrt(first.Length));
        List<int[]> kept = [];
        int[] row = new int[second.Length + 1];
        for (int i = 0; i < first.Length; i++)
        {
            if (i % block == 0)
            {
                kept.Add([.. row]);
            }

            Next(first[i], second, row, row);
        }

        int[][] rows = [.. Enumerable.Range(0, block + 1).Select(_ => new int[second.Length + 1])];
        int end = first.Length, column = second.Length;
        for (int start = (kept.Count - 1) * block; start >= 0 && column > 0; end = start, start -= block)
        {
            kept[start / block].CopyTo(rows[0], 0);
            for (int i = start; i < end; i++)
            {
                Next(first[i], second, rows[i - start], rows[i - start + 1]);
            }

            for (int i = end; i > start && column > 0;)
            {
                if (first[i - 1] == second[column - 1])
                {
                    marks[--i] = true;
                    column--;
                }
                else if (rows[i - start][column - 1] > rows[i - start - 1][column])
                {
                    column--;
                }
                else
                {
                    i--;
                }
            }
        }
    }

    // One more row of the table; both may be the same array.
    private static void Next(int unit, int[] columns, int[] before, int[] after)
    {
        int corner = 0, left = 0;
        for (int j = 0; j < columns.Length; j++)
        {
            int above = before[j + 1];
            left = unit == columns[j] ? corner + 1 : Math.Max(above, left);
            corner = above;
            after[j + 1] = left;
        }
    }
}
