using System.Text.RegularExpressions;

namespace TransferLearning;

/// <summary>Divides a text into words as NIST's mteval-v13a does, which BLEU scores are compared by; sacreBLEU's "13a".</summary>
internal static partial class Tokenizer13a
{
    public static string[] Words(string text)
    {
        string line = text
            .Replace("<skipped>", "", StringComparison.Ordinal)
            .Replace("-\n", "", StringComparison.Ordinal)
            .Replace('\n', ' ')
            .Replace("&quot;", "\"", StringComparison.Ordinal)
            .Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal)
            .Replace("&gt;", ">", StringComparison.Ordinal);
        line = Punctuation().Replace($" {line} ", " $1 ");
        line = MarkAfterOther().Replace(line, "$1 $2 ");
        line = MarkBeforeOther().Replace(line, " $1 $2");
        line = DashAfterDigit().Replace(line, "$1 $2 ");
        return TextUnits.Words(line);
    }

    [GeneratedRegex(@"([\{-\~\[-\` -\&\(-\+\:-\@\/])")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"([^0-9])([\.,])")]
    private static partial Regex MarkAfterOther();

    [GeneratedRegex(@"([\.,])([^0-9])")]
    private static partial Regex MarkBeforeOther();

    [GeneratedRegex("([0-9])(-)")]
    private static partial Regex DashAfterDigit();
}
