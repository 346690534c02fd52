namespace TransferLearning;

/// <summary>How the mobile networks scale their numbers of channels.</summary>
internal static class ChannelCount
{
    /// <summary>The nearest multiple of 8, at least 8, and not more than 10 % below the number.</summary>
    public static int Rounded(double channels)
    {
        int rounded = Math.Max(8, (int)(channels + 4) / 8 * 8);
        return rounded < 0.9 * channels ? rounded + 8 : rounded;
    }

    /// <summary>A width multiplier that a network can be built with.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive, not finite, or so large that no memory would do.</exception>
    public static double ValidMultiplier(double multiplier)
        => multiplier is > 0 and <= 100
            ? multiplier
            : throw new ArgumentOutOfRangeException(nameof(multiplier), multiplier, "WidthMultiplier must be above 0 and at most 100.");
}
