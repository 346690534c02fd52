using System.IO.Compression;
using System.Text;

namespace TransferLearning.Tests;

public sealed class TextFileTests : IDisposable
{
    private readonly SampleFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Quoted_fields_hold_separators_quotes_and_line_ends()
    {
        using Dataset set = Open("a.csv", "label,text\r\nx,\"one, two\r\nlines \"\"quoted\"\"\"\r\n\r\ny, 5\" disk \r\nx,\"\"\nx,\"\"\"\"");
        Assert.Equal(["one, two\r\nlines \"quoted\"", " 5\" disk ", "", "\""], Texts(set));
        Assert.Equal(["x", "y"], set.ClassNames);
        Assert.Equal([0, 1, 0, 0], Labels(set));
        Assert.Equal("a.csv row 2", set.NameOf(1));
    }

    [Fact]
    public void Quotes_in_tab_separated_files_are_characters()
    {
        using Dataset set = Open("a.tsv", "\uFEFFlabel\ttext\n1\t\"open\n0\tend\"\n10\tx");
        Assert.Equal(["\"open", "end\"", "x"], Texts(set));
        Assert.Equal(["0", "1", "10"], set.ClassNames);
        Assert.Equal([1, 0, 2], Labels(set));
    }

    [Fact]
    public void Columns_have_numbers_where_there_is_no_header()
    {
        using Dataset set = Open(
            "a.csv",
            "b;first;second\na;third;fourth",
            new() { HasHeader = false, Separator = ';', Label = "0", Text = "1", Pair = "2" });
        Assert.Equal(new TextContent("third", "fourth"), set.Read(1).Input);
        Assert.Equal([1, 0], Labels(set));
    }

    [Fact]
    public void Json_lines_give_texts_and_several_labels()
    {
        using Dataset set = Open(
            "a.jsonl",
            "{\"text\":\"one\\n\\u00e9\",\"label\":[\"b\",\"a\"]}\n"
                + "{\"label\":[],\"text\":\"two\"}\n{\"text\":\"three\",\"label\":\"a|c\"}\n",
            new() { LabelSeparator = '|' });
        Assert.Equal(["a", "b", "c"], set.ClassNames);
        Assert.Equal(["one\né", "two", "three"], Texts(set));
        Assert.Equal([[0, 1], [], [0, 2]], Enumerable.Range(0, 3).Select(i => ((LabelsTarget)set.TargetOf(i)).Labels));
        Assert.Equal([1, 0, 0], Labels(set));
    }

    [Fact]
    public void Json_lines_give_numbers()
    {
        using Dataset set = Open(
            "a.jsonl",
            "{\"text\":\"one\",\"score\":0.5}\n{\"score\":-1e1,\"text\":\"two\"}\n{\"text\":\"three\",\"score\":\"3\"}\n",
            new() { Target = "score" });
        Assert.Equal([0.5, -10, 3], Enumerable.Range(0, 3).Select(i => ((NumberTarget)set.TargetOf(i)).Value));
    }

    [Fact]
    public void Texts_to_be_written_need_no_label()
    {
        using Dataset set = Open(
            "a.jsonl.gz",
            "{\"article\":\"long\",\"summary\":\"short\"}",
            new() { Text = "article", TargetText = "summary" });
        Assert.Equal((new TextContent("long"), new TextTarget("short")), ((TextContent)set.Read(0).Input, (TextTarget)set.Read(0).Target));
        Assert.Equal(["text"], set.ClassNames);
        Assert.Equal(0, set.LabelOf(0));
    }

    [Fact]
    public void Given_classes_keep_their_order()
    {
        using Dataset set = Open("a.csv", "text,label\nt,a\n", new() { ClassNames = ["z", "b", "a"] });
        Assert.Equal(["z", "b", "a"], set.ClassNames);
        Assert.Equal([2], Labels(set));
    }

    [Theory]
    [InlineData("a.csv", "", "no row of text")]
    [InlineData("a.csv", "text,label\n", "no row of text")]
    [InlineData("a.csv", "text,label\nt,x\n\nshort\n", "line 4", "expected 2 fields", "the header (text, label)", "found 1")]
    [InlineData("a.csv", "text,label\nt,x\n\"a\n b\",x\nt, u,x\n", "line 5", "expected 2 fields", "found 3", "double quotes")]
    [InlineData("a.csv", "text,label\nt,x,\n", "line 2", "expected 2 fields", "found 3")]
    [InlineData("a.tsv", "text\tlabel\nt\tx\nt\tu\tx\n", "line 3", "expected 2 fields", "found 3", "tabs")]
    [InlineData("a.tsv", "text\tlabel\nt\tx\nt\n", "line 3", "expected 2 fields", "found 1")]
    [InlineData("a.tsv", "text\tlabel\nt\tx\rt\n", "line 3", "expected 2 fields", "found 1")]
    [InlineData("a.csv", "text,label\nt,\n", "line 2", "label", "empty")]
    [InlineData("a.csv", "body,label\nt,x\n", "line 2", "no column 'text'", "body, label")]
    [InlineData("a.csv", "text,class\nt,x\n", "line 2", "no column 'label'", "text, class")]
    [InlineData("a.csv", "text,label\n\"a\nb\",x\n\"t,x\n", "line 4", "not closed")]
    [InlineData("a.csv", "text,label\n\"t\"u,x\n", "line 2", "closing quote")]
    [InlineData("a.jsonl", "{\"text\":\"t\",\"label\":1}\n[1]\n", "line 2", "JSON object")]
    [InlineData("a.jsonl", "{\"text\":\"t\",\"label\":1}\n{\"text\"\n", "line 2", "JSON object")]
    [InlineData("a.jsonl", "{\"text\":\"t\"}\n", "line 1", "no field 'label'", "text")]
    [InlineData("a.jsonl", "{\"text\":null,\"label\":1}\n", "line 1", "'text'", "Null")]
    [InlineData("a.jsonl", "{\"text\":\"\\ud800\",\"label\":1}\n", "line 1", "'text'")]
    [InlineData("a.jsonl", "{\"text\":\"t\",\"label\":[1,2]}\n", "line 1", "2 labels")]
    [InlineData("a.dat", "x", "a.dat", ".csv, .tsv or .jsonl")]
    public void Refuses_bad_files_and_names_the_line(string name, string text, params string[] parts)
    {
        DatasetException error = Assert.Throws<DatasetException>(() => Open(name, text));
        Assert.All([.. parts, name], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_comma_that_is_not_quoted_is_an_error_and_no_class()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Fixtures", "Reports", "text", "csv-extra-field", "many.csv");
        DatasetException error = Assert.Throws<DatasetException>(() => TextFile.Open(path));
        Assert.Contains(
            $"'{path}', line 2: expected 2 fields, as the header (text, label) has, and found 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_without_a_header_have_as_many_fields_as_the_first()
    {
        TextFileOptions options = new() { HasHeader = false, Text = "0", Label = "1" };
        DatasetException error = Assert.Throws<DatasetException>(() => Open("a.csv", "t,x\nlove it, really,x\n", options));
        Assert.Contains("line 2: expected 2 fields, as the first row has, and found 3", error.Message, StringComparison.Ordinal);
        options = new() { TargetText = "target", Separator = '|', Quoted = false };
        error = Assert.Throws<DatasetException>(() => Open("b.csv", "text|target\na|b\na|b|c\n", options));
        Assert.Contains("line 3: expected 2 fields", error.Message, StringComparison.Ordinal);
        Assert.Contains("set Quoted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_has_no_end_takes_no_memory_without_bound()
    {
        string path = Write("a.csv", "text,label\nt,x\n\"open");
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(1L << 32); // sparse
        }

        long before = GC.GetTotalAllocatedBytes();
        DatasetException error = Assert.Throws<DatasetException>(() => TextFile.Open(path));
        Assert.Contains("line 3: the row has more than 67108864 bytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 600L << 20);
    }

    [Fact]
    public void Refuses_utf16_by_name()
    {
        string path = _folder.File("a.csv");
        File.WriteAllText(path, "text,label\nt,x\n", Encoding.Unicode);
        Assert.Contains("UTF-16", Assert.Throws<DatasetException>(() => TextFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_description_names_classes_without_samples()
    {
        using Dataset set = Open("a.csv", "text,label\nt,a\n", new() { ClassNames = ["z", "a"] });
        Assert.EndsWith("a.csv' (without samples of 'z')", set.ToString());
    }

    [Fact]
    public void Refuses_labels_of_no_class_and_targets_of_no_number()
    {
        Assert.Contains(
            "'q' is none of the 1",
            Assert.Throws<DatasetException>(() => Open("a.csv", "text,label\nt,q", new() { ClassNames = ["a"] })).Message);
        Assert.Contains(
            "'q' in the column 'label'",
            Assert.Throws<DatasetException>(() => Open("a.csv", "text,label\nt,q", new() { Target = "label" })).Message);
        Assert.Contains(
            "not a finite number",
            Assert.Throws<DatasetException>(() => Open("a.csv", "text,label\nt,NaN", new() { Target = "label" })).Message);
        Assert.Throws<ArgumentException>(() => Open("a.csv", "text,label\nt,q", new() { Separator = 'é' }));
    }

    [Fact]
    public void Refuses_bytes_that_are_no_text()
    {
        string path = _folder.File("a.tsv");
        File.WriteAllBytes(path, [.. "text\tlabel\nfine\tx\nb"u8, 0xE4, .. "d\tx\n"u8]);
        DatasetException error = Assert.Throws<DatasetException>(() => TextFile.Open(path));
        Assert.Contains("line 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_missing_a_damaged_and_an_exploding_file()
    {
        Assert.Contains("nowhere.csv", Assert.Throws<DatasetException>(() => TextFile.Open(_folder.File("nowhere.csv"))).Message);
        string packed = Write("a.csv.gz", "text,label\n" + string.Concat(Enumerable.Repeat("many many words,x\n", 10_000)));
        Assert.Contains(
            "1000 bytes", Assert.Throws<DatasetException>(() => TextFile.Open(packed, new() { MaximumUnpackedBytes = 1000 })).Message);
        byte[] bytes = File.ReadAllBytes(packed);
        bytes[bytes.Length / 2] ^= 0x55;
        File.WriteAllBytes(packed, bytes);
        Assert.Contains("a.csv.gz", Assert.Throws<DatasetException>(() => TextFile.Open(packed)).Message);
    }

    [Fact]
    public void A_row_that_has_changed_is_noticed()
    {
        string path = Write("a.csv", "text,label\nabc,x\n");
        using Dataset set = TextFile.Open(path);
        using (FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = 11;
            file.WriteByte((byte)'q');
        }

        Assert.Contains("changed", Assert.Throws<DatasetException>(() => set.Read(0)).Message);
    }

    [Fact]
    public void Rows_longer_than_the_buffer_and_many_of_them_are_found_again()
    {
        string[] texts = [.. Enumerable.Range(0, 3000).Select(i => new string((char)('a' + (i % 26)), i % 997 == 5 ? 2_500_000 : i))];
        string path = Write("a.csv", "text,label\n" + string.Concat(texts.Select((text, i) => $"\"{text}\n\",{i % 7}\r\n")));
        using Dataset set = TextFile.Open(path);
        Assert.Equal(texts.Length, set.Count);
        Assert.All([0, 1, 5, 6, 1002, 2999], i => Assert.Equal(texts[i] + "\n", ((TextContent)set.Read(i).Input).Text));
        Assert.Equal(6 % 7, set.LabelOf(6));
    }

    [Fact]
    public void Sets_of_texts_split_shuffle_and_have_fingerprints()
    {
        string text = "text,label\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"t{i},{(i % 4 == 0 ? "a" : "b")}\n"));
        using Dataset set = Open("a.csv", text), same = Open("b/a.csv", text), other = Open(
            "c/a.csv",
            text.Replace("t7,", "t8,", StringComparison.Ordinal));
        Assert.Equal(set.Fingerprint, same.Fingerprint);
        Assert.NotEqual(set.Fingerprint, other.Fingerprint);
        (Dataset first, Dataset second) = set.Split(0.8, seed: 1);
        Assert.Equal(20, Labels(first).Count(label => label == 0));
        Assert.Equal(5, Labels(second).Count(label => label == 0));
        Assert.Equal(Texts(set).Order(), Texts(set.Shuffle(3)).Order());
        Assert.Equal("t99", ((TextContent)set.Subset([99]).Read(0).Input).Text);
    }

    [Fact]
    public void Rows_are_read_from_many_threads_at_once()
    {
        using Dataset set = Open("a.csv.gz", "text,label\n" + string.Concat(Enumerable.Range(0, 2000).Select(i => $"text number {i},x\n")));
        Parallel.For(0, set.Count, i => Assert.Equal($"text number {i}", ((TextContent)set.Read(i).Input).Text));
    }

    [Fact]
    public void Many_rows_are_not_held_as_texts()
    {
        string path = _folder.File("large.tsv");
        using (StreamWriter writer = new(path))
        {
            writer.Write("text\tlabel\n");
            string filler = new('x', 200);
            for (int i = 0; i < 100_000; i++)
            {
                writer.Write($"{i} {filler}\t{i % 3}\n");
            }
        }

        long before = GC.GetTotalMemory(forceFullCollection: true);
        using Dataset set = TextFile.Open(path);
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(100_000, set.Count);
        Assert.True(held < 6_000_000, $"{held} bytes are held for a file of {new FileInfo(path).Length}.");
        Assert.StartsWith("99999 ", ((TextContent)set.Read(99_999).Input).Text);
    }

    [Theory]
    [InlineData("trec_train.tsv", 5452, 6, "coarse")]
    [InlineData("trec_train.tsv", 5452, 50, "fine")] // "other" and "desc" of several coarse classes are one
    [InlineData("trec_test.tsv", 500, 6, "coarse")]
    [InlineData("sst2_train.tsv", 6920, 2, "label")]
    [InlineData("sst2_dev.tsv", 872, 2, "label")]
    public void Reads_real_files(string name, int count, int classes, string label)
    {
        using Dataset set = TextFile.Open(SharedData.Path($"text/{name}"), new() { Label = label });
        Assert.Equal(count, set.Count);
        Assert.InRange(set.ClassNames.Count, classes - 3, classes);
        Assert.All(Texts(set), text => Assert.NotEmpty(text));
    }

    [Fact]
    public void Reads_real_articles_and_their_summaries()
    {
        using Dataset set = TextFile.Open(
            SharedData.Path("text/bbc_news_summary.jsonl.gz"),
            new() { Text = "article", TargetText = "summary", Label = "category" });
        Assert.Equal(2225, set.Count);
        Assert.Equal(["business", "entertainment", "politics", "sport", "tech"], set.ClassNames);
        Assert.Contains("TimeWarner", ((TextContent)set.Read(0).Input).Text);
    }

    private static string[] Texts(Dataset set) => [.. Enumerable.Range(0, set.Count).Select(i => ((TextContent)set.Read(i).Input).Text)];

    private static int[] Labels(Dataset set) => [.. Enumerable.Range(0, set.Count).Select(set.LabelOf)];

    private Dataset Open(string name, string text, TextFileOptions? options = null) => TextFile.Open(Write(name, text), options);

    private string Write(string name, string text)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream file = File.Create(path);
        using Stream output = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        output.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }
}
