namespace TransferLearning.Wikipedia;

/// <summary>Recognises the tags and comments of a page.</summary>
/// <param name="source">The page.</param>
internal sealed class WikitextTags(string source)
{
    private const int LongestTag = 4096;

    // Left out with all that is in them.
    private static readonly HashSet<string> Dropped = new(StringComparer.OrdinalIgnoreCase)
    {
        "ref", "references", "math", "chem", "ce", "syntaxhighlight", "source", "pre", "timeline", "gallery", "score", "imagemap", "graph",
        "hiero", "templatedata", "mapframe", "maplink", "table", "script", "style", "inputbox",
    };

    private static readonly HashSet<string> Breaks = new(StringComparer.OrdinalIgnoreCase)
    {
        "br", "p", "li", "ul", "ol", "div", "blockquote", "tr", "dd", "dt", "hr", "poem", "h1", "h2", "h3", "h4",
    };

    private readonly HashSet<string> _neverClosed = new(StringComparer.Ordinal); // from some place on; places only grow

    /// <summary>What begins at a '&lt;'; asked for at growing positions.</summary>
    public WikitextTag At(int position)
    {
        ReadOnlySpan<char> rest = source.AsSpan(position);
        if (rest.StartsWith("<!--"))
        {
            int close = Find("-->", position + 4);
            return new WikitextTag((close < 0 ? source.Length : close + 3) - position);
        }

        bool isClosing = rest.StartsWith("</");
        ReadOnlySpan<char> name = rest[(isClosing ? 2 : 1)..];
        int length = name.Length > 0 && char.IsAsciiLetter(name[0]) ? 1 : 0;
        while (length is > 0 and < 20 && length < name.Length && char.IsAsciiLetterOrDigit(name[length]))
        {
            length++;
        }

        int end = length == 0 ? -1 : rest[1..Math.Min(rest.Length, LongestTag)].IndexOfAny('<', '>') + 1;
        if (end <= 0 || rest[end] != '>')
        {
            return default;
        }

        string tag = name[..length].ToString();
        bool isWhole = !isClosing && rest[end - 1] != '/';
        string shown = Breaks.Contains(tag) ? "\n" : "";
        bool isLiteral = tag.Equals("nowiki", StringComparison.OrdinalIgnoreCase);
        if (!isWhole || !(isLiteral || Dropped.Contains(tag)))
        {
            return new WikitextTag(end + 1, shown);
        }

        int content = position + end + 1, closing = Find($"</{tag.ToLowerInvariant()}", content);
        if (closing < 0)
        {
            return new WikitextTag(end + 1, shown);
        }

        int closed = source.IndexOf('>', closing);
        return new WikitextTag((closed < 0 ? source.Length : closed + 1) - position, shown, isLiteral ? source[content..closing] : null);
    }

    // A search that fails is not made again, else many tags without an end would each search the whole page.
    private int Find(string text, int start)
    {
        if (_neverClosed.Contains(text))
        {
            return -1;
        }

        int found = source.IndexOf(text, start, StringComparison.OrdinalIgnoreCase);
        if (found < 0)
        {
            _neverClosed.Add(text);
        }

        return found;
    }
}
