using System.Text.RegularExpressions;

namespace TransferLearning.Reports;

/// <summary>Text as it can stand in Markdown without becoming markup.</summary>
internal static partial class MarkdownText
{
    /// <summary>One line in which nothing is markup.</summary>
    public static string Escape(string text)
    {
        string line = SafeText.Printable(text).ReplaceLineEndings(" ");
        return Special().Replace(line, @"\$0")
            .Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal);
    }

    /// <summary>A line of a table.</summary>
    public static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(Escape))} |";

    [GeneratedRegex(@"[\\`*_{}\[\]>|#!~]", RegexOptions.CultureInvariant)]
    private static partial Regex Special();
}
