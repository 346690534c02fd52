using System.IO.Compression;
using System.Text;
using TransferLearning.Wikipedia;

namespace TransferLearning.Tests;

public sealed class WikipediaDumpTests : IDisposable
{
    private static readonly string Fixtures = Path.Combine(AppContext.BaseDirectory, "Fixtures", "Text");

    private readonly SampleFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("small_dump.xml")]
    [InlineData("small_dump.xml.bz2")] // four streams, one behind the other
    public void Articles_come_as_plain_text(string name)
    {
        WikipediaDump dump = WikipediaDump.Open(Path.Combine(Fixtures, name));
        WikipediaArticle[] articles = [.. dump.Articles()];
        Assert.Equal([("Bee", 12L), ("Ant", 16L)], articles.Select(article => (article.Title, article.Id)));
        Assert.Equal(
            """
            Bees are winged insects close to wasps and ants, known for pollination. There are over 16,000 species.

            History
            Early
            Wild bees
            and tame ones,
            H2O & [[no link]] ''literal''
            E =
            """,
            articles[0].Text);
        Assert.Equal("An ant is not a bee.", articles[1].Text);
        Assert.Equal(articles, dump.Articles()); // each time from the beginning
    }

    [Fact]
    public void Options_choose_pages_and_headings()
    {
        string path = Path.Combine(Fixtures, "small_dump.xml");
        Assert.Equal(
            ["Bee", "Bees", "Talk:Bee", "Ant"],
            WikipediaDump.Open(path, new() { Namespaces = [0, 1], IncludeRedirects = true }).Articles().Select(article => article.Title));
        Assert.DoesNotContain(
            "History", WikipediaDump.Open(path, new() { KeepHeadings = false }).Texts().First(), StringComparison.Ordinal);
        Assert.Single(WikipediaDump.Open(path, new() { MinimumCharacters = 100 }).Articles());
        Assert.Contains(
            "'Bee'",
            Assert.Throws<DatasetException>(
                () => WikipediaDump.Open(path, new() { MaximumPageCharacters = 100 }).Articles().Count()).Message);
    }

    [Fact]
    public void A_dump_becomes_a_set_of_texts()
    {
        using Dataset set = TextLines.From(WikipediaDump.Open(Path.Combine(Fixtures, "small_dump.xml.bz2")).Texts(), "dump");
        Assert.Equal(2, set.Count);
        Assert.Equal("An ant is not a bee.", ((TextContent)set.Read(1).Input).Text);
    }

    [Theory]
    [InlineData("a {{b}} c", "a c")]
    [InlineData("a {{b {{c}} d}} e {{{f}}} g {{{{{h}}}}} i", "a e g i")]
    [InlineData("a {{b}", "a {{b}")]
    [InlineData("a }} b ]] c", "a }} b ]] c")]
    [InlineData("{{a [[b }} c", "c")]
    [InlineData("[[a|b]]c [[d]] [[:Category:e]] [[f|g|h]] [[i|]]", "bc d Category:e g|h i")]
    [InlineData("[[File:a.jpg|thumb|[[b]] {{c}}]]d [[Image:e]]f [[ file : g]]", "d f")]
    [InlineData("[http://a.b c d] [http://a.b] [//x y] [not a link] http://a.b", "c d y [not a link] http://a.b")]
    [InlineData("'''''a''''' '''b''' ''c'' d's ''''e''''", "a b c d's 'e'")]
    [InlineData("x\n{|\n| a\n{|\n| b\n|}\n| c\n|}\ny", "x\n\ny")]
    [InlineData("{{t|\n{|\n|}}\n|}\n}}z", "z")]
    [InlineData("a<ref>b</ref><ref name=c />d<ref>e", "ade")]
    [InlineData("a < b > c <3 <b>d</b> <span class=\"e\">f</span>", "a < b > c <3 d f")]
    [InlineData("a<!-- b --> c <!-- d", "a c")]
    [InlineData("<nowiki>'''a''' {{b}} == &lt; ==</nowiki>", "'''a''' {{b}} == < ==")]
    [InlineData("<source lang=c>int a;</source><code>b</code>", "b")]
    [InlineData("# a\n#: b\n----\n; c", "a\nb\n\nc")]
    [InlineData("== a ==\n== b ==\nc\n=== d ===\n== e ==", "b\nc")]
    [InlineData("a &amp; &lt;b&gt; &eacute;&#8212;&nbsp;c", "a & <b> é— c")]
    [InlineData("a (b, {{c}}) (; ) d , e .", "a (b,) d, e.")]
    [InlineData("__NOTOC__\na\tb\u0001\u200B", "a b")]
    [InlineData("", "")]
    public void Markup_becomes_text(string markup, string text)
        => Assert.Equal(text, Wikitext.ToText(markup, ["File", "Image", "Category"]));

    [Theory]
    [InlineData("{{")]
    [InlineData("{")]
    [InlineData("}}")]
    [InlineData("[[")]
    [InlineData("[[a|")]
    [InlineData("]]")]
    [InlineData("\n{|")]
    [InlineData("\n|}")]
    [InlineData("{{[[")]
    [InlineData("[http://a ")]
    [InlineData("<ref>")]
    [InlineData("<nowiki>")]
    [InlineData("<!--")]
    [InlineData("<a ")]
    [InlineData("'")]
    [InlineData("=")]
    [InlineData("( )")]
    [InlineData("&")]
    public void Hostile_markup_takes_time_in_proportion(string part)
    {
        // No time is asked for: a way that is quadratic takes many minutes here, and one that recurses overflows the stack.
        string open = string.Concat(Enumerable.Repeat(part, 300_000));
        string close = string.Concat(Enumerable.Repeat("}}", 150_000)) + string.Concat(Enumerable.Repeat("]]", 150_000)) + "</ref";
        Assert.NotNull(Wikitext.ToText(open, []));
        Assert.NotNull(Wikitext.ToText(open + close, []));
    }

    [Theory]
    [InlineData("<!DOCTYPE m [<!ENTITY a \"b\">]><mediawiki>&a;</mediawiki>", "DTD")]
    [InlineData("<rss></rss>", "<rss>", "<mediawiki>")]
    [InlineData("no xml", "line 1")]
    [InlineData("", "Root element")]
    [InlineData("<mediawiki><page><title>a</title>", "line 1")]
    [InlineData("<mediawiki><page><title>a</title><id>x</id></page></mediawiki>", "'x'")]
    public void Refuses_what_is_no_dump(string xml, params string[] parts)
    {
        string path = Write("bad.xml", Encoding.UTF8.GetBytes(xml));
        DatasetException error = Assert.Throws<DatasetException>(() => WikipediaDump.Open(path).Articles().Count());
        Assert.All([.. parts, "bad.xml"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Refuses_a_missing_file() => Assert.Throws<DatasetException>(() => WikipediaDump.Open(_folder.File("nowhere.xml")));

    [Fact]
    public void A_truncated_or_damaged_archive_is_reported_with_its_place()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(Fixtures, "small_dump.xml.bz2"));
        for (int length = 0; length < whole.Length; length += 29)
        {
            string path = Write("cut.xml.bz2", whole[..length]);
            DatasetException error = Assert.Throws<DatasetException>(() => WikipediaDump.Open(path).Articles().Count());
            Assert.Contains("cut.xml.bz2", error.Message, StringComparison.Ordinal);
        }

        Assert.Contains(
            "byte 100 of 100",
            Assert.Throws<DatasetException>(() => WikipediaDump.Open(Write("cut.xml.bz2", whole[..100])).Articles().Count()).Message);
        for (int place = 4; place < whole.Length; place += 61)
        {
            byte[] damaged = [.. whole];
            damaged[place] ^= 0x10;
            string path = Write("damaged.xml.bz2", damaged);
            Assert.Throws<DatasetException>(() => WikipediaDump.Open(path).Articles().Count());
        }

        Assert.Contains(
            "something else",
            Assert.Throws<DatasetException>(
                () => WikipediaDump.Open(Write("more.xml.bz2", [.. whole, 1, 2, 3])).Articles().Count()).Message);
    }

    [Fact]
    public void Bombs_of_text_depth_and_attributes_are_refused_in_little_memory()
    {
        WikipediaOptions options = new() { MaximumPageCharacters = 1 << 20 };
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("characters", Refused(Path.Combine(Fixtures, "bomb.xml.bz2"))); // 256 MB in a few hundred bytes
        Assert.Contains("characters", Refused(Bomb("<mediawiki><page><title>", "a")));
        Assert.Contains("without a tag", Refused(Bomb("<mediawiki><page><ns>3</ns><revision><text a=\"", "a")));
        Assert.Contains("inside each other", Refused(Bomb("<mediawiki>", "<page>")));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 150_000_000, $"{allocated} bytes");

        string Refused(string path) => Assert.Throws<DatasetException>(() => WikipediaDump.Open(path, options).Articles().Count()).Message;
        string Bomb(string start, string repeated)
        {
            string path = _folder.File("bomb.xml.gz");
            using GZipStream output = new(File.Create(path), CompressionLevel.Fastest);
            output.Write(Encoding.UTF8.GetBytes(start));
            byte[] part = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(repeated, 1 << 16)));
            for (int i = 0; i < (64 << 20) / part.Length; i++)
            {
                output.Write(part);
            }

            return path;
        }
    }

    [Fact]
    public void Reading_ends_when_it_is_cancelled()
    {
        using CancellationTokenSource source = new();
        using IEnumerator<WikipediaArticle> articles = WikipediaDump
            .Open(Path.Combine(Fixtures, "small_dump.xml"))
            .Articles(source.Token)
            .GetEnumerator();
        Assert.True(articles.MoveNext());
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => articles.MoveNext());
    }

    private string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(_folder.File(name), bytes);
        return _folder.File(name);
    }
}
