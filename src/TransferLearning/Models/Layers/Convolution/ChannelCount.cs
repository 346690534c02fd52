namespace TransferLearning.Layers;

/// <summary>How the mobile networks scale their numbers of channels.</summary>
internal static class ChannelCount
{
    /// <summary>The nearest multiple of 8 or another divisor, at least that, and not more than 10 % below the number.</summary>
    public static int Rounded(double channels, int divisor = 8)
    {
        int rounded = Math.Max(divisor, (int)(channels + (divisor / 2.0)) / divisor * divisor);
        return rounded < 0.9 * channels ? rounded + divisor : rounded;
    }

    /// <summary>A width multiplier that a network can be built with.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive, not finite, or so large that no memory would do.</exception>
    public static double ValidMultiplier(double multiplier)
        => multiplier is > 0 and <= 100
            ? multiplier
            : throw new ArgumentOutOfRangeException(nameof(multiplier), multiplier, "WidthMultiplier must be above 0 and at most 100.");
}
