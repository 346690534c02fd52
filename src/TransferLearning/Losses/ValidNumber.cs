namespace TransferLearning;

/// <summary>The ranges that numbers in training options must keep; each method hands the number back.</summary>
internal static class ValidNumber
{
    /// <summary>A finite number of at least 0.</summary>
    public static double NotNegative(double value, string name)
        => Check(value, double.IsFinite(value) && value >= 0, name, "finite and at least 0");

    /// <summary>A finite number above 0.</summary>
    public static double Positive(double value, string name)
        => Check(value, double.IsFinite(value) && value > 0, name, "finite and above 0");

    /// <summary>A number in [0, 1].</summary>
    public static double Fraction(double value, string name) => Check(value, value is >= 0 and <= 1, name, "from 0 to 1");

    /// <summary>A number in (0, 1].</summary>
    public static double PositiveFraction(double value, string name) => Check(value, value is > 0 and <= 1, name, "above 0 and at most 1");

    /// <summary>A number in [0, 1).</summary>
    public static double BelowOne(double value, string name) => Check(value, value is >= 0 and < 1, name, "at least 0 and below 1");

    /// <summary>Any finite number.</summary>
    public static double Finite(double value, string name) => Check(value, double.IsFinite(value), name, "finite");

    /// <summary>A whole number of at least <paramref name="minimum"/>.</summary>
    public static int AtLeast(int value, int minimum, string name)
        => value >= minimum ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least {minimum}.");

    private static double Check(double value, bool holds, string name, string rule)
        => holds ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be {rule}.");
}
