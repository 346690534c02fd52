namespace TransferLearning;

/// <summary>The numbers of a <see cref="WindowFunction"/>.</summary>
internal static class WindowTable
{
    /// <summary>Makes the numbers in float64.</summary>
    /// <param name="window">The function.</param>
    /// <param name="length">How many.</param>
    /// <param name="isPeriodic">Whether they are the first of one more, as for spectra, or symmetric, as Kaldi's are.</param>
    /// <param name="blackman">The first coefficient of Blackman's window.</param>
    public static double[] Of(WindowFunction window, int length, bool isPeriodic, double blackman = 0.42)
    {
        int period = isPeriodic ? length : length - 1;
        double[] numbers = new double[length];
        for (int i = 0; i < length; i++)
        {
            double cosine = length == 1 ? -1 : Math.Cos(2 * Math.PI * i / period);
            double two = length == 1 ? 1 : Math.Cos(4 * Math.PI * i / period);
            numbers[i] = window switch
            {
                WindowFunction.Hann => 0.5 - (0.5 * cosine),
                WindowFunction.Hamming => 0.54 - (0.46 * cosine),
                WindowFunction.Blackman => blackman - (0.5 * cosine) + ((0.5 - blackman) * two),
                WindowFunction.Povey => Math.Pow(0.5 - (0.5 * cosine), 0.85),
                WindowFunction.Rectangular => 1,
                _ => throw new ArgumentOutOfRangeException(nameof(window), window, "There is no such window."),
            };
        }

        return numbers;
    }
}
