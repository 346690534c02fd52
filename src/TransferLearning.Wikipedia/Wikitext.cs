using System.Buffers;

namespace TransferLearning.Wikipedia;

/// <summary>Turns MediaWiki's markup into plain text, for pages that come from elsewhere than a dump.</summary>
/// <remarks>Templates, tables, references, images, categories, mathematics, blocks of code and comments are left out; of links the label is
/// kept. Time grows linearly with the length, whatever is open inside what.</remarks>
public sealed class Wikitext
{
    // One pass with a stack of what is open, so that time is linear and depth costs no recursion; WikitextLines then looks at each line.
    // Links inside each other are copied when they are closed; deeper ones, which no page has, are left as they stand.
    private const int MostOpenLinks = 16;

    private static readonly SearchValues<char> Special = SearchValues.Create("<{}[]|\n");
    private static readonly SearchValues<char> AddressEnd = SearchValues.Create(" \n]<[{");
    private static readonly string[] Schemes = ["http://", "https://", "//", "ftp://", "mailto:"];

    private readonly string _source;
    private readonly HashSet<string> _hiddenNamespaces;
    private readonly WikitextTags _tags;
    private readonly WikitextOutput _output;
    private readonly Stack<Frame> _open = new();
    private readonly int[] _openOf = new int[4];
    private int _position;

    private Wikitext(string source, HashSet<string> hiddenNamespaces)
    {
        _source = source;
        _hiddenNamespaces = hiddenNamespaces;
        _tags = new WikitextTags(source);
        _output = new WikitextOutput(source.Length);
    }

    private enum Kind
    {
        Braces,
        Table,
        Link,
        Label,
    }

    internal static IReadOnlyList<string> EnglishHiddenNamespaces { get; } = ["File", "Image", "Media", "Category"];

    /// <summary>The text of a page.</summary>
    /// <param name="markup">The markup.</param>
    /// <param name="hiddenNamespaces">Links into these namespaces are left out, whatever their case. Default: null, the English names of
    /// files and categories.</param>
    /// <param name="keepHeadings">Whether headings are kept, each as a line, where text follows. Default: true.</param>
    /// <returns>One line for each paragraph, heading or item of a list, blank lines where the page has them.</returns>
    public static string ToText(string markup, IEnumerable<string>? hiddenNamespaces = null, bool keepHeadings = true)
    {
        ArgumentNullException.ThrowIfNull(markup);
        Wikitext wikitext = new(markup, new HashSet<string>(hiddenNamespaces ?? EnglishHiddenNamespaces, StringComparer.OrdinalIgnoreCase));
        wikitext.Run();
        return WikitextLines.ToText(wikitext._output.Text, keepHeadings);
    }

    private void Run()
    {
        LineStart();
        while (_position < _source.Length)
        {
            int plain = _source.AsSpan(_position).IndexOfAny(Special);
            plain = plain < 0 ? _source.Length - _position : plain;
            Copy(plain);
            if (_position == _source.Length)
            {
                return;
            }

            switch (_source[_position])
            {
                case '<':
                    Tag();
                    break;
                case '{' when RunOf('{') is >= 2 and int count:
                    Push(new Frame(Kind.Braces, _output.Length, count));
                    Copy(count);
                    break;
                case '}' when _openOf[(int)Kind.Braces] > 0 && RunOf('}') is >= 2 and int count:
                    CloseBraces(count);
                    break;
                case '[' when At("[[") && _openOf[(int)Kind.Link] < MostOpenLinks:
                    Push(new Frame(Kind.Link, _output.Length, 0));
                    Copy(2);
                    break;
                case '[' when !At("[[") && SchemeAt(_position + 1):
                    OpenExternal();
                    break;
                case ']':
                    CloseBracket();
                    break;
                case '|' when _open.TryPeek(out Frame top) && top is { Kind: Kind.Link, Extra: 0 }:
                    _open.Pop();
                    _open.Push(top with { Extra = _output.Length });
                    Copy(1);
                    break;
                case '\n':
                    while (_open.TryPeek(out Frame open) && open.Kind == Kind.Label)
                    {
                        Pop(); // a link to outside ends with its line
                    }

                    Copy(1);
                    LineStart();
                    break;
                default:
                    Copy(1);
                    break;
            }
        }
    }

    private void Tag()
    {
        WikitextTag tag = _tags.At(_position);
        if (tag.Length == 0)
        {
            Copy(1);
            return;
        }

        _position += tag.Length;
        _output.Append(tag.Shown);
        if (tag.Literal is { } literal)
        {
            _output.AppendLiteral(literal);
        }
    }

    // Braces close as MediaWiki pairs them: three if both sides have three, else two.
    private void CloseBraces(int count)
    {
        while (count >= 2 && _openOf[(int)Kind.Braces] > 0)
        {
            Frame frame = PopTo(Kind.Braces);
            int matched = Math.Min(3, Math.Min(count, frame.Extra)), left = frame.Extra - matched;
            _output.Truncate(frame.Start + left);
            if (left >= 2)
            {
                Push(frame with { Extra = left });
            }

            count -= matched;
            _position += matched;
        }

        Copy(count);
    }

    private void OpenExternal()
    {
        int end = _source.AsSpan(_position + 1).IndexOfAny(AddressEnd) + 1;
        if (end == 0 || _source[_position + end] == '\n' || _openOf[(int)Kind.Label] >= MostOpenLinks)
        {
            Copy(1);
            return;
        }

        bool hasLabel = _source[_position + end] != ']';
        _position += end + (_source[_position + end] is ' ' or ']' ? 1 : 0);
        if (hasLabel)
        {
            Push(new Frame(Kind.Label, _output.Length, 0));
        }
    }

    private void CloseBracket()
    {
        if (_open.TryPeek(out Frame top) && top.Kind == Kind.Label)
        {
            Pop();
            _position++;
        }
        else if (At("]]") && _openOf[(int)Kind.Link] > 0)
        {
            Frame link = PopTo(Kind.Link);
            _position += 2;
            CloseLink(link);
        }
        else
        {
            Copy(1);
        }
    }

    private void CloseLink(Frame link)
    {
        int start = link.Start + 2, pipe = link.Extra == 0 ? _output.Length : link.Extra;
        ReadOnlySpan<char> target = _output.Slice(start, pipe - start).Trim();
        int colon = target.IndexOf(':');
        if (colon > 0 && IsHidden(target[..colon].Trim()))
        {
            _output.Truncate(link.Start);
            return;
        }

        bool hasLabel = pipe + 1 < _output.Length;
        _output.Move(hasLabel ? pipe + 1 : start + (colon == 0 ? 1 : 0), hasLabel ? _output.Length : pipe, link.Start);
    }

    // Files, categories, and the same page in another language.
    private bool IsHidden(ReadOnlySpan<char> prefix)
        => _hiddenNamespaces.GetAlternateLookup<ReadOnlySpan<char>>().Contains(prefix)
            || (prefix.Length is 2 or 3 && !prefix.ContainsAnyExceptInRange('a', 'z'));

    // A table begins and ends only at the beginning of a line.
    private void LineStart()
    {
        int position = _position;
        while (position < _source.Length && _source[position] is ' ' or '\t' or ':')
        {
            position++;
        }

        if (string.CompareOrdinal(_source, position, "{|", 0, 2) == 0)
        {
            Push(new Frame(Kind.Table, _output.Length, 0));
            Copy(position + 2 - _position);
        }
        else if (string.CompareOrdinal(_source, position, "|}", 0, 2) == 0 && _openOf[(int)Kind.Table] > 0
            && !(string.CompareOrdinal(_source, position, "|}}", 0, 3) == 0 && _open.Peek().Kind == Kind.Braces))
        {
            Frame table = PopTo(Kind.Table);
            _output.Truncate(table.Start);
            _position = position + 2;
        }
    }

    private bool SchemeAt(int position)
        => Array.Exists(Schemes, scheme => string.CompareOrdinal(_source, position, scheme, 0, scheme.Length) == 0);

    private bool At(string text) => string.CompareOrdinal(_source, _position, text, 0, text.Length) == 0;

    private int RunOf(char value)
    {
        int length = _source.AsSpan(_position).IndexOfAnyExcept(value);
        return length < 0 ? _source.Length - _position : length;
    }

    private void Copy(int count)
    {
        _output.Append(_source.AsSpan(_position, count));
        _position += count;
    }

    private void Push(Frame frame)
    {
        _open.Push(frame);
        _openOf[(int)frame.Kind]++;
    }

    private Frame Pop()
    {
        Frame frame = _open.Pop();
        _openOf[(int)frame.Kind]--;
        return frame;
    }

    // What was opened inside and never closed stays as it stands.
    private Frame PopTo(Kind kind)
    {
        Frame frame = Pop();
        while (frame.Kind != kind)
        {
            frame = Pop();
        }

        return frame;
    }

    /// <param name="Kind">What is open.</param>
    /// <param name="Start">Where it stands in the output.</param>
    /// <param name="Extra">The number of braces, or where the first '|' of a link stands in the output.</param>
    private readonly record struct Frame(Kind Kind, int Start, int Extra);
}
