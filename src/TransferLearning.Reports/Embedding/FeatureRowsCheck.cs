namespace TransferLearning.Reports;

/// <summary>What rows of numbers must be before anything is computed of them.</summary>
internal static class FeatureRowsCheck
{
    /// <summary>How long the rows are.</summary>
    /// <exception cref="ArgumentException">There are none, they differ in length, or hold NaN or infinity.</exception>
    public static int WidthOf(IReadOnlyList<double[]> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0 || rows[0].Length == 0)
        {
            throw new ArgumentException("There are no rows, or they are empty.", nameof(rows));
        }

        for (int row = 0; row < rows.Count; row++)
        {
            if (rows[row].Length != rows[0].Length)
            {
                throw new ArgumentException($"Row {row} has {rows[row].Length} numbers, row 0 has {rows[0].Length}.", nameof(rows));
            }

            if (!Array.TrueForAll(rows[row], double.IsFinite))
            {
                throw new ArgumentException($"Row {row} holds NaN or infinity.", nameof(rows));
            }
        }

        return rows[0].Length;
    }
}
