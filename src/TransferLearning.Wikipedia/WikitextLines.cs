using System.Net;
using System.Text;

namespace TransferLearning.Wikipedia;

/// <summary>The second half of turning markup into text: headings, lists, emphasis, entities and white space, line by line.</summary>
internal static class WikitextLines
{
    public static string ToText(ReadOnlySpan<char> markup, bool keepHeadings)
    {
        StringBuilder text = new(markup.Length);
        List<(int Level, string Title)> headings = []; // those that no text has followed yet
        bool wasBlank = true;
        foreach (Range range in markup.Split('\n'))
        {
            ReadOnlySpan<char> line = markup[range].Trim();
            int level = HeadingLevel(line);
            if (level > 0)
            {
                headings.RemoveAll(heading => heading.Level >= level);
                headings.Add((level, Plain(line[level..^level])));
                continue;
            }

            string plain = line is ['|', ..] or ['{', '|', ..] || IsSwitch(line) || IsRule(line)
                ? ""
                : Plain(line.TrimStart("*#:;").TrimStart());
            if (plain.Length == 0)
            {
                if (!wasBlank && headings.Count == 0)
                {
                    text.Append('\n');
                }

                wasBlank = true;
                continue;
            }

            foreach ((int _, string? title) in headings)
            {
                if (keepHeadings && title.Length > 0)
                {
                    text.Append(wasBlank || text.Length == 0 ? "" : "\n").Append(title).Append('\n');
                    wasBlank = true;
                }
            }

            headings.Clear();
            text.Append(plain).Append('\n');
            wasBlank = false;
        }

        return text.ToString().Trim('\n');
    }

    private static int HeadingLevel(ReadOnlySpan<char> line)
    {
        int level = 0;
        while (level < 6 && level * 2 + 2 < line.Length && line[level] == '=' && line[^(level + 1)] == '=')
        {
            level++;
        }

        return level;
    }

    private static bool IsRule(ReadOnlySpan<char> line) => line.Length >= 4 && !line.ContainsAnyExcept('-');

    // __NOTOC__ and the like.
    private static bool IsSwitch(ReadOnlySpan<char> line)
        => line is ['_', '_', _, .., '_', '_'] && !line[2..^2].ContainsAnyExceptInRange('A', 'Z');

    private static string Plain(ReadOnlySpan<char> line)
    {
        StringBuilder text = new(line.Length);
        for (int i = 0; i < line.Length;)
        {
            if (line[i] != '\'')
            {
                int next = line[i..].IndexOf('\'');
                next = next < 0 ? line.Length - i : next;
                text.Append(line.Slice(i, next));
                i += next;
                continue;
            }

            int run = line[i..].IndexOfAnyExcept('\'');
            run = run < 0 ? line.Length - i : run;
            text.Append('\'', run switch { 1 or 4 => 1, 2 or 3 or 5 => 0, _ => run - 5 }); // emphasis is two, three or five of them
            i += run;
        }

        return Spaced(WebUtility.HtmlDecode(text.ToString()));
    }

    /// <summary>Single spaces, none before a mark that ends something, no control characters, no brackets around nothing.</summary>
    private static string Spaced(string line)
    {
        StringBuilder text = new(line.Length);
        bool isSpace = false;
        for (int i = 0; i < line.Length; i++)
        {
            char given = line[i];
            char value = given is >= WikitextOutput.LiteralBase and < (char)(WikitextOutput.LiteralBase + 128)
                ? (char)(given - WikitextOutput.LiteralBase)
                : given;
            if (char.IsWhiteSpace(value) || char.IsControl(value) || value is '\u200B' or '\uFEFF')
            {
                isSpace |= char.IsWhiteSpace(value);
                continue;
            }

            if (value == ')' && ClosesNothing(text))
            {
                continue;
            }

            bool ends = value is ',' or '.' or ';' && (i + 1 == line.Length || char.IsWhiteSpace(line[i + 1]));
            if (isSpace && text.Length > 0 && !ends && value != ')' && text[^1] != '(')
            {
                text.Append(' ');
            }

            isSpace = false;
            text.Append(value);
        }

        return text.ToString();
    }

    // What stood between brackets was left out, but for the marks between its parts.
    private static bool ClosesNothing(StringBuilder text)
    {
        int end = text.Length;
        while (end > 0 && text.Length - end < 16 && text[end - 1] is ' ' or ',' or ';' or ':')
        {
            end--;
        }

        if (end == 0 || text[end - 1] != '(')
        {
            return false;
        }

        text.Length = end - 1;
        while (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }

        return true;
    }
}
