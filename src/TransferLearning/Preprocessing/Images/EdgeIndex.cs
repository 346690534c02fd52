namespace TransferLearning;

/// <summary>Which pixel stands for one that lies outside of a row or column.</summary>
internal static class EdgeIndex
{
    /// <summary>The position inside of an axis, or -1 where a colour is wanted.</summary>
    public static int Of(int position, int size, PaddingMode mode)
    {
        if ((uint)position < (uint)size)
        {
            return position;
        }

        return mode switch
        {
            PaddingMode.Edge => Math.Clamp(position, 0, size - 1),
            PaddingMode.Reflect => size == 1 ? 0 : Mirrored(position, size, repeatedEdge: 0),
            PaddingMode.Symmetric => Mirrored(position, size, repeatedEdge: 1),
            _ => -1,
        };
    }

    private static int Mirrored(int position, int size, int repeatedEdge)
    {
        int period = 2 * (size - 1 + repeatedEdge);
        int within = ((position % period) + period) % period;
        return within < size ? within : period - repeatedEdge - within;
    }
}
