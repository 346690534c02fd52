using System.Text.RegularExpressions;

namespace TransferLearning.Reports;

/// <summary>Keeps folders of this machine and letters that cannot be shown out of a report.</summary>
internal static partial class SafeText
{
    private const int KeptParts = 2;

    /// <summary>A sample's name: of an absolute path only the last folder and the file.</summary>
    public static string Name(string name)
    {
        string shown = Printable(name);
        return IsAbsolute(shown) ? string.Join('/', shown.Split('/', '\\').Where(part => part.Length > 0).TakeLast(KeptParts)) : shown;
    }

    /// <summary>A message, in which absolute paths are shortened to their files.</summary>
    /// <param name="message">The message.</param>
    /// <param name="names">Names of samples that may stand in it.</param>
    public static string Message(string message, params IEnumerable<string?> names)
    {
        string shown = Printable(message);
        foreach (string name in names.OfType<string>().Where(IsAbsolute))
        {
            shown = shown.Replace(name, Name(name), StringComparison.Ordinal);
        }

        return AbsolutePath().Replace(shown, "");
    }

    /// <summary>The same text without control characters, but for the ends of lines and tabs.</summary>
    public static string Printable(string text) => text.All(letter => !IsHidden(letter))
        ? text
        : string.Concat(text.Select(letter => IsHidden(letter) ? '\uFFFD' : letter));

    private static bool IsAbsolute(string name)
        => name.StartsWith('/') || name.StartsWith(@"\\", StringComparison.Ordinal)
            || (name.Length > 2 && name[1] == ':' && name[2] is '/' or '\\');

    // Marks that turn the direction of writing could make a name look like another one.
    private static bool IsHidden(char letter)
        => (char.IsControl(letter) && letter is not ('\n' or '\r' or '\t'))
            || letter is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069';

    // Two folders at least, so that "and/or" and "1/2" stay; no blanks, since nobody can say where a path with blanks ends.
    [GeneratedRegex(@"(?<=^|[\s'""(=])(?:[A-Za-z]:[\\/]|\\\\|/)(?:[^\s\\/'""<>|:*?]+[\\/])+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AbsolutePath();
}
