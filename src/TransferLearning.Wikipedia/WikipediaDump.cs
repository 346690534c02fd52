using System.IO.Compression;

namespace TransferLearning.Wikipedia;

/// <summary>A dump of Wikipedia or another MediaWiki site (<c>pages-articles.xml</c>, plain or as <c>.bz2</c> or <c>.gz</c>), read page by
/// page in constant memory, as text without markup.</summary>
/// <remarks>Templates, tables, references, images, categories, mathematics, blocks of code and comments are left out; of links the label is
/// kept. What templates would have written (a converted measure, a pronunciation) is missing therefore. A dump with a document type is
/// refused: it could grow without bounds.</remarks>
public sealed class WikipediaDump
{
    private const int BufferBytes = 1 << 16;

    private readonly WikipediaOptions _options;

    private WikipediaDump(string path, WikipediaOptions options)
    {
        Path = path;
        _options = options;
    }

    /// <summary>The full path of the dump.</summary>
    public string Path { get; }

    /// <summary>Names a dump. It is not read before its articles are asked for.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Which pages are read; null means the defaults.</param>
    /// <exception cref="DatasetException">There is no such file.</exception>
    public static WikipediaDump Open(string path, WikipediaOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new WikipediaOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaximumPageCharacters, nameof(options));
        string full = System.IO.Path.GetFullPath(path);
        return File.Exists(full)
            ? new WikipediaDump(full, options)
            : throw new DatasetException($"There is no file '{full}'. Expected a dump such as enwiki-latest-pages-articles.xml.bz2.");
    }

    /// <summary>The pages, one after another; each time from the beginning.</summary>
    /// <param name="cancellationToken">Ends it before the next page.</param>
    /// <exception cref="DatasetException">While they are read: the file cannot be read, ends too early, is damaged, is not a dump, has a
    /// document type, or a page is longer than the options allow. The message names the file and the place.</exception>
    public IEnumerable<WikipediaArticle> Articles(CancellationToken cancellationToken = default)
    {
        using TagDistanceStream input = Input();
        using WikipediaPages pages = new(input, Path, _options);
        while (pages.Next(cancellationToken) is { } page)
        {
            string text = Wikitext.ToText(page.Text, pages.HiddenNamespaces, _options.KeepHeadings);
            if (text.Length >= _options.MinimumCharacters)
            {
                yield return page with { Text = text };
            }
        }
    }

    /// <summary>The texts of the pages, as <see cref="TextLines.From"/> takes them.</summary>
    /// <param name="cancellationToken">Ends it before the next page.</param>
    /// <exception cref="DatasetException">As in <see cref="Articles"/>.</exception>
    public IEnumerable<string> Texts(CancellationToken cancellationToken = default)
        => Articles(cancellationToken).Select(article => article.Text);

    private TagDistanceStream Input()
    {
        FileStream file;
        try
        {
            file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.SequentialScan);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new DatasetException($"'{Path}' cannot be opened: {exception.Message}", exception);
        }

        Span<byte> magic = stackalloc byte[3];
        int read = file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        file.Position = 0;
        Stream plain = magic[..read] switch
        {
            [(byte)'B', (byte)'Z', (byte)'h'] => new ConcatenatedBZip2Stream(file, Path),
            [0x1F, 0x8B, _] => new GZipStream(file, CompressionMode.Decompress),
            _ => file,
        };
        return new TagDistanceStream(plain, Path, (4L * _options.MaximumPageCharacters) + (1 << 20));
    }
}
