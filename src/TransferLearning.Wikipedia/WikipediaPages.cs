using System.Globalization;
using System.Text;
using System.Xml;

namespace TransferLearning.Wikipedia;

/// <summary>Takes the pages out of the XML of a dump, with their markup.</summary>
internal sealed class WikipediaPages : IDisposable
{
    private const int DeepestElement = 32; // a dump has about six levels
    private const int LongestTitle = 1 << 16;

    private readonly string _path;
    private readonly WikipediaOptions _options;
    private readonly XmlReader _reader;
    private readonly char[] _chunk = new char[1 << 14];

    public WikipediaPages(Stream input, string path, WikipediaOptions options)
    {
        _path = path;
        _options = options;
        _reader = XmlReader.Create(input, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            CheckCharacters = false,
        });
    }

    /// <summary>The names of the namespaces of files and categories in the dump's language, which links into are not shown.</summary>
    public HashSet<string> HiddenNamespaces { get; } = [.. Wikitext.EnglishHiddenNamespaces];

    /// <summary>The next page that is wanted, or null at the end.</summary>
    public WikipediaArticle? Next(CancellationToken cancellationToken)
    {
        try
        {
            while (Read())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (IsStart("mediawiki") || IsStart("siteinfo") || IsStart("namespaces"))
                {
                    continue;
                }

                if (_reader.Depth == 0 && _reader.NodeType == XmlNodeType.Element)
                {
                    throw new DatasetException(
                        $"'{_path}' is not a dump of a wiki: it begins with <{_reader.Name}>, expected <mediawiki>.");
                }

                if (IsStart("namespace"))
                {
                    ReadNamespace();
                }
                else if (IsStart("page") && Page(cancellationToken) is { } page)
                {
                    return page;
                }
            }

            return null;
        }
        catch (Exception exception) when (exception is XmlException or InvalidDataException or IOException and not DatasetException)
        {
            string place = (_reader as IXmlLineInfo)?.HasLineInfo() == true ? $", line {((IXmlLineInfo)_reader).LineNumber}" : "";
            throw new DatasetException(
                $"'{_path}'{place}, cannot be read further: {exception.Message} Expected a MediaWiki dump; download it again if it is one.",
                exception);
        }
    }

    public void Dispose() => _reader.Dispose();

    private WikipediaArticle? Page(CancellationToken cancellationToken)
    {
        string title = "", text = "";
        long id = 0;
        int space = 0;
        bool isRedirect = false;
        int depth = _reader.Depth;
        if (_reader.IsEmptyElement)
        {
            return null;
        }

        while (Read() && _reader.Depth > depth)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (_reader.NodeType == XmlNodeType.Element ? (_reader.LocalName, _reader.Depth - depth) : default)
            {
                case ("title", 1):
                    title = Content(LongestTitle, "a title");
                    break;
                case ("ns", 1):
                    space = (int)Number(Content(LongestTitle, title));
                    break;
                case ("id", 1):
                    id = Number(Content(LongestTitle, title));
                    break;
                case ("redirect", 1):
                    isRedirect = true;
                    break;
                case ("text", 2) when _options.Namespaces.Contains(space) && (_options.IncludeRedirects || !isRedirect):
                    text = Content(_options.MaximumPageCharacters, title);
                    break;
            }
        }

        isRedirect |= text.StartsWith("#REDIRECT", StringComparison.OrdinalIgnoreCase);
        bool isWanted = _options.Namespaces.Contains(space) && (_options.IncludeRedirects || !isRedirect);
        return isWanted ? new WikipediaArticle(title, id, text) : null;
    }

    private void ReadNamespace()
    {
        bool isHidden = _reader.GetAttribute("key") is "6" or "14";
        string name = Content(LongestTitle, "a namespace");
        if (isHidden && name.Length > 0)
        {
            HiddenNamespaces.Add(name);
        }
    }

    /// <summary>The text of an element, in pieces, so that its length is known before it is held.</summary>
    private string Content(int limit, string page)
    {
        if (_reader.IsEmptyElement)
        {
            return "";
        }

        StringBuilder content = new();
        int depth = _reader.Depth;
        while (Read() && _reader.Depth > depth)
        {
            if (!_reader.CanReadValueChunk || _reader.NodeType is XmlNodeType.Element or XmlNodeType.EndElement)
            {
                continue;
            }

            while (_reader.ReadValueChunk(_chunk, 0, _chunk.Length) is > 0 and int count)
            {
                if (content.Length + count > limit)
                {
                    throw new DatasetException(
                        $"'{_path}', line {((IXmlLineInfo)_reader).LineNumber}: the page '{page}' has more than {limit} characters. "
                        + "Raise the limit in the options if it is meant to be so long.");
                }

                content.Append(_chunk, 0, count);
            }
        }

        return content.ToString();
    }

    private bool Read()
    {
        bool isMore = _reader.Read();
        return _reader.Depth <= DeepestElement
            ? isMore
            : throw new DatasetException($"'{_path}' has more than {DeepestElement} elements inside each other; a dump has six.");
    }

    private bool IsStart(string name) => _reader.NodeType == XmlNodeType.Element && _reader.LocalName == name;

    private long Number(string text) => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number)
        ? number
        : throw new DatasetException(
            $"'{_path}' has '{text[..Math.Min(text.Length, 40)]}' where the number of a page or namespace is expected.");
}
