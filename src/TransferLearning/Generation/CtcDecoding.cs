namespace TransferLearning;

/// <summary>Texts of the outputs of a recogniser with CTC (Graves et al., 2006).</summary>
internal static class CtcDecoding
{
    /// <summary>The likeliest entry of every frame, with repetitions merged and blanks left out.</summary>
    /// <param name="best">The likeliest entry of each frame.</param>
    /// <param name="blank">The entry that means no character.</param>
    public static IEnumerable<int> Merged(IEnumerable<int> best, int blank)
    {
        int last = blank;
        foreach (int entry in best)
        {
            if (entry != last && entry != blank)
            {
                yield return entry;
            }

            last = entry;
        }
    }
}
