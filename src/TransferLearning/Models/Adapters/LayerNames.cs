using System.Text.RegularExpressions;

namespace TransferLearning;

/// <summary>How the PEFT library finds layers by their names.</summary>
internal static class LayerNames
{
    /// <summary>Whether a name is one of some, or ends in one, whole name parts.</summary>
    public static bool EndsIn(string name, IReadOnlyList<string> endings)
        => endings.Any(ending => name == ending || name.EndsWith("." + ending, StringComparison.Ordinal));

    /// <summary>The last number with a name before it, one of some if there are any, and a name after it; null for none.</summary>
    public static int? BlockOf(string name, IReadOnlyList<string> patterns)
    {
        string[] parts = name.Split('.');
        for (int i = parts.Length - 2; i > (patterns.Count == 0 ? 1 : 0); i--)
        {
            if (int.TryParse(parts[i], out int block) && (patterns.Count == 0 || patterns.Contains(parts[i - 1])))
            {
                return block;
            }
        }

        return null;
    }

    /// <summary>The value of the first pattern that the last parts of a name match.</summary>
    public static T Of<T>(IReadOnlyDictionary<string, T> patterns, string name, T otherwise)
    {
        foreach ((string pattern, T value) in patterns)
        {
            if (Matches($@"^(?:.*\.)?(?:{pattern})$", name))
            {
                return value;
            }
        }

        return otherwise;
    }

    /// <summary>Whether a name matches a pattern, which may come from a file and must not be able to take for ever.</summary>
    /// <exception cref="ArgumentException">The pattern cannot be read.</exception>
    public static bool Matches(string pattern, string name)
    {
        try
        {
            return Regex.IsMatch(name, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ArgumentException($"The pattern {pattern} for names of layers cannot be read: {exception.Message}", exception);
        }
    }
}
