namespace TransferLearning;

/// <summary>A round of successive halving: the best of each rung continue with the next.</summary>
/// <param name="Number">Its number; in Hyperband s, the number of halvings.</param>
/// <param name="Rungs">The rungs, from many short runs to few long ones.</param>
internal sealed record SweepBracket(int Number, IReadOnlyList<SweepRung> Rungs)
{
    /// <summary>The brackets of Hyperband (Li et al., 2018, algorithm 1), from the one with the shortest runs on.</summary>
    /// <param name="maximum">The largest number of epochs: R times the smallest.</param>
    /// <param name="minimum">The smallest.</param>
    /// <param name="eta">One of how many continues.</param>
    public static IReadOnlyList<SweepBracket> Hyperband(int maximum, int minimum, int eta)
    {
        int most = Halvings(maximum / minimum, eta);
        return [.. Enumerable.Range(0, most + 1).Reverse().Select(s =>
        {
            // ⌈B/R · eta^s / (s + 1)⌉ with B = (most + 1) R
            long count = (((most + 1) * Power(eta, s)) + s) / (s + 1);
            return new SweepBracket(s, RungsOf(count, s, maximum, eta));
        })];
    }

    /// <summary>One bracket of so many configurations, with as many halvings as configurations and epochs allow.</summary>
    public static SweepBracket Halving(int configurations, int maximum, int minimum, int eta)
    {
        int halvings = Math.Min(Halvings(maximum / minimum, eta), Halvings(configurations, eta));
        return new SweepBracket(0, RungsOf(configurations, halvings, maximum, eta));
    }

    private static SweepRung[] RungsOf(long count, int halvings, int maximum, int eta)
        =>
        [
            .. Enumerable.Range(0, halvings + 1).Select(i => new SweepRung(
                checked((int)(count / Power(eta, i))),
                Math.Max(1, (int)Math.Round((double)maximum / Power(eta, halvings - i))))),
        ];

    // The largest s with eta^s no more than the number; logarithms would round.
    private static int Halvings(int number, int eta)
    {
        int s = 0;
        while (Power(eta, s + 1) <= number)
        {
            s++;
        }

        return s;
    }

    private static long Power(int eta, int exponent)
    {
        long power = 1;
        for (int i = 0; i < exponent; i++)
        {
            power = checked(power * eta);
        }

        return power;
    }
}
