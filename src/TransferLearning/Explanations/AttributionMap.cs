namespace TransferLearning;

/// <summary>One number for each place of a grid, row by row.</summary>
public sealed class AttributionMap
{
    internal AttributionMap(Tensor map) => (Height, Width, Values) = ((int)map.size(0), (int)map.size(1), ScoredInput.ToArray(map));

    internal AttributionMap(int height, int width, double[] values) => (Height, Width, Values) = (height, width, values);

    /// <summary>How many rows.</summary>
    public int Height { get; }

    /// <summary>How many columns.</summary>
    public int Width { get; }

    /// <summary>The numbers, row by row.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>The number of a place.</summary>
    /// <param name="row">From the top.</param>
    /// <param name="column">From the left.</param>
    public double this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Height, nameof(row));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Width, nameof(column));
            return Values[(row * Width) + column];
        }
    }

    /// <summary>The same from 0, the smallest number, to 1, the largest; all 0 where there is but one.</summary>
    public AttributionMap Normalized()
    {
        (double least, double most) = (Values.Min(), Values.Max());
        return new AttributionMap(Height, Width, [.. Values.Select(value => most > least ? (value - least) / (most - least) : 0)]);
    }

    /// <summary>The numbers of all places from the largest to the smallest; of equal ones the first comes first.</summary>
    internal int[] Ranking() => [.. Enumerable.Range(0, Values.Count).OrderByDescending(place => Values[place])];
}
