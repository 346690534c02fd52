namespace TransferLearning;

/// <summary>How torchvision finds sizes and positions.</summary>
internal static class ResizeGeometry
{
    /// <summary>The size after the shorter side has become <paramref name="shorter"/>; the longer one is rounded down.</summary>
    public static (long Width, long Height) ShorterSide(int width, int height, int shorter, int? longest = null)
    {
        long longer = (long)((double)((long)shorter * Math.Max(width, height)) / Math.Min(width, height));
        long shortSide = shorter;
        if (longest is { } limit && longer > limit)
        {
            shortSide = Math.Max((long)((double)((long)limit * shorter) / longer), 1);
            longer = limit;
        }

        return width <= height ? (shortSide, longer) : (longer, shortSide);
    }

    /// <summary>Where a centred window begins; halves go to the even neighbour.</summary>
    public static long CentreOffset(long size, long window) => (long)Math.Round((size - window) / 2.0, MidpointRounding.ToEven);
}
