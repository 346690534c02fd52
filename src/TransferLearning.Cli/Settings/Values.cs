using System.CommandLine.Parsing;
using System.Globalization;

namespace TransferLearning.Cli;

/// <summary>How durations and sizes are written on a command line.</summary>
internal static class Values
{
    private static readonly (string Unit, long Bytes)[] Sizes = [("GB", 1L << 30), ("MB", 1L << 20), ("KB", 1L << 10), ("", 1)];

    /// <summary>90s, 10m, 2h or 0:10:00.</summary>
    public static TimeSpan? Duration(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        double? seconds = text.Length == 0 ? null : text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => null,
        };
        if (seconds is { } unit
            && double.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out double count) && count > 0)
        {
            return TimeSpan.FromSeconds(unit * count);
        }

        if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time))
        {
            return time;
        }

        result.AddError($"'{text}' is no duration: write 90s, 10m, 2h or 0:10:00.");
        return null;
    }

    /// <summary>4GB, 500MB or bytes.</summary>
    public static long? Size(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        foreach ((string unit, long bytes) in Sizes)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out double count) && count > 0)
            {
                return (long)(count * bytes);
            }
        }

        result.AddError($"'{text}' is no size: write 4GB, 500MB or a number of bytes.");
        return null;
    }
}
