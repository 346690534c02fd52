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

        switch (mode)
        {
            case PaddingMode.Edge:
                return position < 0 ? 0 : size - 1;
            case PaddingMode.Reflect when size > 1:
            {
                int period = 2 * (size - 1);
                int within = Modulo(position, period);
                return within < size ? within : period - within;
            }

            case PaddingMode.Reflect:
                return 0;
            case PaddingMode.Symmetric:
            {
                int within = Modulo(position, 2 * size);
                return within < size ? within : (2 * size) - 1 - within;
            }

            default:
                return -1;
        }
    }

    private static int Modulo(int value, int period) => ((value % period) + period) % period;
}
