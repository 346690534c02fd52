namespace TransferLearning;

/// <summary>The order of the 64 coefficients of a block.</summary>
internal static class JpegBlock
{
    /// <summary>Beyond the 64 coefficients: where runs of a damaged file, and the sign that a block ends, may point without harm.</summary>
    public const int PaddedSize = 64 + EndOfBlock + 16;

    /// <summary>A run that leads out of every block.</summary>
    public const int EndOfBlock = 128;

    /// <summary>The place that no coefficient has.</summary>
    public const int NoPlace = 64;

    /// <summary>The place in the block, row by row, of each coefficient of the file; <see cref="NoPlace"/> after the last.</summary>
    public static readonly int[] Places = MakePlaces();

    private static int[] MakePlaces()
    {
        int[] places = new int[PaddedSize];
        Array.Fill(places, NoPlace);
        (int row, int column) = (0, 0);
        for (int i = 0; i < 64; i++)
        {
            places[i] = (row * 8) + column;
            bool goesUp = (row + column) % 2 == 0;
            if (goesUp && column == 7)
            {
                row++;
            }
            else if (goesUp)
            {
                column++;
                row = Math.Max(row - 1, 0);
            }
            else if (row == 7)
            {
                column++;
            }
            else
            {
                row++;
                column = Math.Max(column - 1, 0);
            }
        }

        return places;
    }
}
