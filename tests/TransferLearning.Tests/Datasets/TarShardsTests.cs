using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace TransferLearning.Tests;

public sealed class TarShardsTests : IDisposable
{
    private readonly SampleFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.V7)]
    public void Samples_are_files_of_one_name(TarEntryFormat format)
    {
        Write(
            "b.tar",
            format,
            ("./x/0001.cls", "10"),
            ("./x/0001.jpg", "image 1"),
            ("x/0002.PNG", "image 2"),
            ("x/0002.txt", "caption"),
            ("x/0002.cls", "9\n"));
        Write("a.tar", format, ("0.json", "{\"text\":1,\"label\":9}"), ("0.webp", ""), ("._0.jpg", "hidden"), ("readme.md", "skipped"));
        using TarShards set = TarShards.Open(_folder.File("?.tar"));
        Assert.Equal(["9", "10"], set.ClassNames);
        Assert.Equal(["a.tar/0.webp", "b.tar/x/0001.jpg", "b.tar/x/0002.PNG"], Enumerable.Range(0, 3).Select(set.NameOf));
        Assert.Equal([0, 1, 0], Enumerable.Range(0, 3).Select(set.LabelOf));
        Assert.Equal(["", "image 1", "image 2"], Enumerable.Range(0, 3).Select(i => Content(set, i)));
    }

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Long_names_are_read_whole(TarEntryFormat format)
    {
        string name = string.Join('/', Enumerable.Repeat("folder-ü", 60));
        Write("a.tar", format, ($"{name}/1.jpg", "one"), ($"{name}/1.cls", "x"), ("2.jpg", "two"), ("2.cls", "x"));
        using TarShards set = TarShards.Open(_folder.File("a.tar"));
        Assert.Equal($"a.tar/{name}/1.jpg", set.NameOf(0));
        Assert.Equal("a.tar/2.jpg", set.NameOf(1));
        Assert.Equal("two", Content(set, 1));
    }

    [Fact]
    public void Sets_of_shards_split_shuffle_and_have_fingerprints()
    {
        for (int shard = 0; shard < 3; shard++)
        {
            Write(
                $"t-{shard:00}.tar",
                TarEntryFormat.Pax,
                [.. Enumerable.Range(0, 40).SelectMany(i => new[] { ($"{i}.jpg", $"{shard} {i}"), ($"{i}.cls", i % 4 == 0 ? "a" : "b") })]);
        }

        using TarShards set = TarShards.Open(_folder.File("t-{00..02}.tar")), same = TarShards.Open(
            [_folder.File("t-00.tar"), _folder.File("t-01.tar"), _folder.File("t-02.tar")]);
        Assert.Equal(120, set.Count);
        Assert.Equal(set.Fingerprint, same.Fingerprint);
        (Dataset first, Dataset second) = set.Split(0.75, seed: 1);
        Assert.Equal((90, 30), (first.Count, second.Count));
        string[] all = [.. Enumerable.Range(0, 120).Select(i => Content(set, i))];
        Assert.Equal(all.Order(), Enumerable.Range(0, 120).Select(i => Content(set.Shuffle(5), i)).Order());
        Assert.Equal("2 39", all[^1]);
        Parallel.For(0, 120, i => Assert.Equal(all[i], Content(set, i)));
    }

    [Fact]
    public void Given_classes_are_named_by_name_or_number()
    {
        Write("a.tar", TarEntryFormat.Pax, ("1.jpg", ""), ("1.cls", "1"), ("2.jpg", ""), ("2.txt", "cat"));
        using TarShards set = TarShards.Open(_folder.File("a.tar"), ["cat", "dog"]);
        Assert.Equal([1, 0], Enumerable.Range(0, 2).Select(set.LabelOf));
        Write("b.tar", TarEntryFormat.Pax, ("1.jpg", ""), ("1.cls", "2"));
        Assert.Contains(
            "'2' is none of the 2", Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("b.tar"), ["cat", "dog"])).Message);
    }

    [Fact]
    public void Names_that_lead_out_are_only_names_and_links_are_skipped()
    {
        string path = _folder.File("a.tar");
        using (TarWriter writer = new(File.Create(path), TarEntryFormat.Pax))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "1.jpg") { LinkName = "/etc/passwd" });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.CharacterDevice, "2.jpg"));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "3.jpg/"));
            Add(writer, new PaxTarEntry(TarEntryType.RegularFile, "/../../etc/x.jpg"), "image");
            Add(writer, new PaxTarEntry(TarEntryType.RegularFile, "/../../etc/x.cls"), "0");
        }

        // A leading dot would hide a file; the parts ".." of a path are such.
        Assert.Contains("no sample", Assert.Throws<DatasetException>(() => TarShards.Open(path)).Message);
        Write("b.tar", TarEntryFormat.Pax, ("/etc/x.jpg", "image"), ("/etc/x.cls", "0"));
        using TarShards set = TarShards.Open(_folder.File("b.tar"));
        Assert.Equal("image", Content(set, 0));
    }

    [Theory]
    [InlineData("at two places", "1.jpg:p", "1.cls:0", "2.jpg:p", "2.cls:0", "1.jpg:q", "1.cls:0")]
    [InlineData("two images", "1.jpg:p", "1.cls:0", "1.jpg:q")]
    [InlineData("an image but no label", "1.jpg:p", "2.jpg:p", "2.cls:0")]
    [InlineData("a label but no image", "1.jpg:p", "1.cls:0", "2.cls:0")]
    [InlineData("is empty", "1.jpg:p", "1.cls: ")]
    [InlineData("no JSON", "1.jpg:p", "1.json:{")]
    [InlineData("none of the fields", "1.jpg:p", "1.json:{\"a\":1}")]
    [InlineData("no sample", "readme.md:p")]
    public void Refuses_archives_that_are_no_samples(string part, params string[] files)
    {
        Write("a.tar", TarEntryFormat.Pax, [.. files.Select(file => (file.Split(':', 2)[0], file.Split(':', 2)[1]))]);
        DatasetException error = Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("a.tar")));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Contains("a.tar", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_what_is_missing_compressed_or_no_tar()
    {
        Write("a.tar", TarEntryFormat.Pax, ("1.jpg", "p"), ("1.cls", "0"));
        using (FileStream output = File.Create(_folder.File("a.tar.gz")))
        using (GZipStream packed = new(output, CompressionLevel.Fastest))
        {
            packed.Write(File.ReadAllBytes(_folder.File("a.tar")));
        }

        File.WriteAllText(_folder.File("text.tar"), new string('x', 2000));
        Assert.Contains("gunzip", Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("a.tar.gz"))).Message);
        Assert.Contains("text.tar", Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("text.tar"))).Message);
        Assert.Contains("none.tar", Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("none.tar"))).Message);
        Assert.Contains("no archive", Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("none-*.tar"))).Message);
        Assert.Contains("range", Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("x{5..1}.tar"))).Message);
        Assert.Throws<DatasetException>(() => TarShards.Open([]));
    }

    [Fact]
    public void Every_archive_cut_off_anywhere_is_refused()
    {
        Write("a.tar", TarEntryFormat.Pax, ("1.jpg", "p"), ("1.cls", "0"), ("2.jpg", new string('q', 700)), ("2.cls", "0"));
        byte[] whole = File.ReadAllBytes(_folder.File("a.tar"));
        for (int length = 0; length < whole.Length - 1024; length += 97)
        {
            File.WriteAllBytes(_folder.File("cut.tar"), whole[..length]);
            Assert.Contains("cut.tar", Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("cut.tar"))).Message);
        }
    }

    [Theory]
    [InlineData("77777777777\0", "claims 8589934591 bytes")]
    [InlineData("-0000000001\0", "damaged")]
    [InlineData("abcdefghijk\0", "damaged")]
    [InlineData("\x80\0\0\0\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "damaged")]
    [InlineData("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "damaged")]
    [InlineData("\x80\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "damaged")]
    public void Refuses_sizes_that_cannot_be(string size, string part)
    {
        Write("a.tar", TarEntryFormat.Ustar, ("1.jpg", "p"), ("1.cls", "0"));
        byte[] bytes = File.ReadAllBytes(_folder.File("a.tar"));
        Encoding.Latin1.GetBytes(size).CopyTo(bytes, 124);
        int sum = 8 * ' ' + bytes.Take(512).Where((_, i) => i is < 148 or >= 156).Sum(value => value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(bytes, 148);
        File.WriteAllBytes(_folder.File("b.tar"), bytes);
        Assert.Contains(part, Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("b.tar"))).Message);

        bytes[0] ^= 1;
        File.WriteAllBytes(_folder.File("b.tar"), bytes);
        Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("b.tar"))); // the checksum
    }

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    public void A_name_takes_no_memory_for_what_it_only_claims(char type)
    {
        byte[] header = new byte[1024];
        "name"u8.CopyTo(header);
        "0000644\0"u8.CopyTo(header.AsSpan(100));
        "17777777777\0"u8.CopyTo(header.AsSpan(124));
        header[156] = (byte)type;
        "ustar\00"u8.CopyTo(header.AsSpan(257));
        int sum = (8 * ' ') + header.Take(512).Sum(value => value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        File.WriteAllBytes(_folder.File("b.tar"), header);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("name", Assert.Throws<DatasetException>(() => TarShards.Open(_folder.File("b.tar"))).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Random_bytes_never_lead_to_another_exception()
    {
        Write(
            "a.tar",
            TarEntryFormat.Pax,
            ("1.jpg", "p"),
            ("1.cls", "0"),
            (new string('n', 200) + ".jpg", "q"),
            (new string('n', 200) + ".cls", "0"));
        byte[] whole = File.ReadAllBytes(_folder.File("a.tar"));
        SeededRandom random = new(7);
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = [.. whole];
            for (int i = 0; i < 3; i++)
            {
                damaged[random.NextInt32(damaged.Length)] = (byte)random.NextInt32(256);
            }

            File.WriteAllBytes(_folder.File("b.tar"), damaged);
            try
            {
                using TarShards set = TarShards.Open(_folder.File("b.tar"));
                _ = set.Fingerprint;
                _ = set.Read(set.Count - 1);
            }
            catch (DatasetException)
            {
                // Refused is as good as read, where the damage is in a content.
            }
        }
    }

    [Fact]
    public void An_index_takes_little_memory_and_an_image_is_reached_at_once()
    {
        const int Count = 5_000;
        string path = _folder.File("large.tar");
        using (TarWriter writer = new(File.Create(path), TarEntryFormat.Ustar))
        {
            for (int i = 0; i < Count; i++)
            {
                Add(writer, new UstarTarEntry(TarEntryType.RegularFile, $"{i:000000}.jpg"), $"image {i}");
                Add(writer, new UstarTarEntry(TarEntryType.RegularFile, $"{i:000000}.cls"), $"{i % 10}");
            }
        }

        long before = GC.GetTotalMemory(forceFullCollection: true);
        using TarShards set = TarShards.Open(path);
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal($"image {Count - 1}", Content(set, Count - 1));
        Assert.True(held / Count < 80, $"{held / Count} bytes a sample");
    }

    private static string Content(Dataset set, int index) => Encoding.UTF8.GetString(((EncodedImage)set.Read(index).Input).Bytes.Span);

    private static void Add(TarWriter writer, System.Formats.Tar.TarEntry entry, string content)
    {
        entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        writer.WriteEntry(entry);
    }

    private void Write(string name, TarEntryFormat format, params (string Name, string Content)[] files)
    {
        using TarWriter writer = new(File.Create(_folder.File(name)), format);
        foreach ((string file, string content) in files)
        {
            Add(writer, format switch
            {
                TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, file),
                TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, file),
                TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, file),
                _ => new PaxTarEntry(TarEntryType.RegularFile, file),
            }, content);
        }
    }
}
