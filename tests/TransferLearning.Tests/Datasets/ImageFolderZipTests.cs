using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace TransferLearning.Tests;

public class ImageFolderZipTests
{
    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void Reads_stored_and_deflated_entries(CompressionLevel level)
    {
        using SampleFolder folder = new();
        string zip = folder.Zip(
            level, "dogs/2.PNG", "cats/", "cats/deep/1.jpg", "cats/ünï.jpg", "__MACOSX/cats/._1.jpg", "dogs/.hidden.jpg", "note.txt");
        using ImageFolder dataset = ImageFolder.Open(zip);
        Assert.Equal(["cats", "dogs"], dataset.ClassNames);
        Assert.Equal(["cats/ünï.jpg", "cats/deep/1.jpg", "dogs/2.PNG"], Enumerable.Range(0, 3).Select(dataset.NameOf));
        Assert.Equal(3, dataset.Count);
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(dataset.NameOf(i), Text(dataset.Read(i))));
    }

    [Theory]
    [InlineData("", null, "cats/1.jpg")]
    [InlineData("set/", null, "set/cats/1.jpg")]
    [InlineData("a/b/", null, "a/b/cats/1.jpg")]
    [InlineData("train/", "train", "train/cats/1.jpg")]
    [InlineData("set/train/", "train", "set/train/cats/1.jpg")]
    [InlineData("set/train/", "set/train", "set/train/cats/1.jpg")]
    public void Steps_into_folders_around_everything(string prefix, string? subfolder, string first)
    {
        using SampleFolder folder = new();
        string[] entries = [prefix + "cats/1.jpg", prefix + "dogs/2.jpg"];
        string[] others = subfolder is null ? [] : [prefix.Replace("train", "val", StringComparison.Ordinal) + "x/y.jpg"];
        string zip = folder.Zip(CompressionLevel.NoCompression, [.. entries, .. others]);
        using ImageFolder dataset = ImageFolder.Open(zip, subfolder);
        Assert.Equal(["cats", "dogs"], dataset.ClassNames);
        Assert.Equal(first, dataset.NameOf(0));
        Assert.Equal(first, Text(dataset.Read(0)));
    }

    [Fact]
    public void A_single_class_is_a_class_and_no_folder_around_everything()
    {
        using SampleFolder folder = new();
        using ImageFolder dataset = ImageFolder.Open(folder.Zip(CompressionLevel.NoCompression, "cats/1.jpg", "cats/2.jpg"));
        Assert.Equal(["cats"], dataset.ClassNames);
    }

    [Fact]
    public void Names_parts_missing_folders_and_empty_classes()
    {
        using SampleFolder folder = new();
        string zip = folder.Zip(CompressionLevel.NoCompression, "set/train/cats/1.jpg", "set/val/cats/2.jpg", "set/val/wasps/");
        AssertRefused(zip, null, "'train', 'val'", "subfolder: \"train\"", "folder 'set'");
        AssertRefused(zip, "test", "'test'", "train, val");
        AssertRefused(zip, "val", "'wasps'");
    }

    [Theory]
    [InlineData("../cats/1.jpg")]
    [InlineData("cats/../../1.jpg")]
    [InlineData("/etc/cats/1.jpg")]
    [InlineData("cats\\..\\..\\1.jpg")]
    [InlineData("C:/cats/1.jpg")]
    public void Refuses_names_that_lead_out_of_the_archive(string name)
    {
        using SampleFolder folder = new();
        AssertRefused(folder.Zip(CompressionLevel.NoCompression, "cats/1.jpg", name), null, "leads out");
    }

    [Fact]
    public void Refuses_what_is_no_zip_file()
    {
        using SampleFolder folder = new SampleFolder().With("text.zip", "empty.zip");
        File.WriteAllBytes(folder.File("empty.zip"), []);
        AssertRefused(folder.File("text.zip"), null, "is no zip file", "746578742E7A6970");
        AssertRefused(folder.File("empty.zip"), null, "is no zip file", "0 bytes");
    }

    [Fact]
    public void Refuses_every_truncation()
    {
        using SampleFolder folder = new();
        byte[] whole = File.ReadAllBytes(folder.Zip(CompressionLevel.Optimal, "cats/1.jpg", "dogs/2.jpg"));
        for (int length = 0; length < whole.Length; length++)
        {
            string cut = folder.File("cut.zip");
            File.WriteAllBytes(cut, whole[..length]);
            Assert.Throws<DatasetException>(() => ImageFolder.Open(cut));
        }
    }

    [Fact]
    public void A_changed_byte_gives_a_clear_error_or_the_same_images()
    {
        using SampleFolder folder = new();
        byte[] whole = File.ReadAllBytes(folder.Zip(CompressionLevel.Optimal, "cats/1.jpg", "dogs/2.jpg"));
        int refused = 0;
        for (int position = 0; position < whole.Length; position++)
        {
            foreach (byte change in (byte[])[0x01, 0x80, 0xFF])
            {
                byte[] changed = [.. whole];
                changed[position] ^= change;
                string path = folder.File("changed.zip");
                File.WriteAllBytes(path, changed);
                try
                {
                    using ImageFolder dataset = ImageFolder.Open(path);
                    for (int i = 0; i < dataset.Count; i++)
                    {
                        Assert.Contains(Text(dataset.Read(i)), (string[])["cats/1.jpg", "dogs/2.jpg"]);
                    }
                }
                catch (DatasetException)
                {
                    refused++;
                }
            }
        }

        Assert.InRange(refused, whole.Length, (3 * whole.Length) - 1);
    }

    [Theory]
    [InlineData(8, 0x0801, "encrypted")] // flags: bit 0
    [InlineData(10, 12, "method 12")]
    [InlineData(20, 0x7FFF_FFFFL, "outside the file")] // packed size
    [InlineData(24, 0x4000_0000L, "claims 1073741824 bytes")] // unpacked size
    [InlineData(24, 0x0010_0000L, "which cannot be")] // more than deflate can hold
    [InlineData(42, 0x7FFF_FFFFL, "outside the file")] // place
    public void Refuses_a_directory_that_lies(int field, long value, string expected)
    {
        using SampleFolder folder = new();
        string zip = folder.Zip(CompressionLevel.Optimal, "cats/1.jpg");
        Patch(zip, field, value, field < 20 ? 2 : 4);
        AssertRefused(zip, null, expected);
    }

    [Theory]
    [InlineData(24, 9, "more than the 9 bytes")]
    [InlineData(24, 11, "fewer than the 11 bytes")]
    [InlineData(16, 0, "checksum")]
    public void Reading_checks_size_and_checksum(int field, long value, string expected)
    {
        using SampleFolder folder = new();
        string zip = folder.Zip(CompressionLevel.Optimal, "cats/1.jpg");
        Patch(zip, field, value, 4);
        using ImageFolder dataset = ImageFolder.Open(zip);
        string message = Assert.Throws<DatasetException>(() => dataset.Read(0)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("cats/1.jpg", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_name_twice()
    {
        using SampleFolder folder = new();
        AssertRefused(folder.Zip(CompressionLevel.NoCompression, "cats/1.jpg", "cats/1.jpg"), null, "two entries named 'cats/1.jpg'");
    }

    [Fact]
    public void A_hundred_thousand_images_are_a_list_of_names_and_places()
    {
        const int Count = 100_000;
        using SampleFolder folder = new();
        string zip = folder.Zip(CompressionLevel.NoCompression, [.. Enumerable.Range(0, Count).Select(i => $"class {i % 10}/{i:D6}.jpg")]);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using ImageFolder dataset = ImageFolder.Open(zip);
        Assert.Equal((Count, 10), (dataset.Count, dataset.ClassNames.Count));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, Count * 100L);
        Assert.Equal("class 9/099999.jpg", Text(dataset.Read(Count - 1)));
        for (int i = 0; i < Count; i += 7)
        {
            Assert.Equal(dataset.NameOf(i), Text(dataset.Read(i)));
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, Count * 100L);
    }

    [Fact]
    public void Reads_zip64_sizes()
    {
        using SampleFolder folder = new();
        string path = folder.File("wide.zip");
        File.WriteAllBytes(path, Zip64("cats/1.jpg", "image"u8.ToArray()));
        using ImageFolder dataset = ImageFolder.Open(path);
        Assert.Equal("image", Text(dataset.Read(0)));
    }

    [Fact]
    public void Many_threads_read_at_once()
    {
        using ImageFolder dataset = ImageFolder.Open(SharedData.Path("emoji/emoji.zip"), "train");
        byte[][] expected = [.. Enumerable.Range(0, dataset.Count).Select(i => Bytes(dataset.Read(i)))];
        Parallel.For(0, 4 * dataset.Count, i => Assert.Equal(expected[i % dataset.Count], Bytes(dataset.Read(i % dataset.Count))));
    }

    [Theory]
    [InlineData("photos/hymenoptera.zip", "train", 244, 2)]
    [InlineData("photos/hymenoptera.zip", "val", 153, 2)]
    [InlineData("emoji/emoji.zip", "train", 281, 5)]
    [InlineData("cifar10/train.zip", null, 50000, 10)]
    public void Opens_real_archives(string path, string? subfolder, int count, int classes)
    {
        using ImageFolder dataset = ImageFolder.Open(SharedData.Path(path), subfolder);
        Assert.Equal((count, classes), (dataset.Count, dataset.ClassNames.Count));
        using ImagePixels pixels = new SkiaImageCodec().Decode(Bytes(dataset.Read(count - 1)), dataset.NameOf(count - 1));
        Assert.True(pixels.Width >= 32);
    }

    [Fact]
    public void A_real_archive_of_parts_says_so()
        => AssertRefused(SharedData.Path("photos/hymenoptera.zip"), null, "'train', 'val'", "subfolder: \"train\"");

    private static void Patch(string zip, int field, long value, int bytes)
    {
        byte[] file = File.ReadAllBytes(zip);
        int entry = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x50, 0x4B, 1, 2]);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        number[..bytes].CopyTo(file.AsSpan(entry + field));
        File.WriteAllBytes(zip, file);
    }

    private static byte[] Zip64(string name, byte[] content)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        ICSharpCode.SharpZipLib.Checksum.Crc32 sum = new();
        sum.Update(content);
        void Fixed(uint signature, int versions)
        {
            writer.Write(signature);
            for (int i = 0; i < versions; i++)
            {
                writer.Write((ushort)45);
            }

            writer.Write(0); // flags, stored
            writer.Write(0); // time
            writer.Write((uint)sum.Value);
            writer.Write(uint.MaxValue);
            writer.Write(uint.MaxValue);
            writer.Write((ushort)nameBytes.Length);
        }

        Fixed(0x04034B50, 1);
        writer.Write((ushort)0);
        writer.Write(nameBytes);
        writer.Write(content);
        long directory = stream.Position;
        Fixed(0x02014B50, 2);
        writer.Write((ushort)28);
        writer.Write(new byte[10]); // comment, disk, attributes
        writer.Write(uint.MaxValue);
        writer.Write(nameBytes);
        writer.Write((ushort)1);
        writer.Write((ushort)24);
        writer.Write((long)content.Length);
        writer.Write((long)content.Length);
        writer.Write(0L);
        long end = stream.Position;
        writer.Write(0x06064B50);
        writer.Write(44L);
        writer.Write(new byte[12]); // versions, disks
        writer.Write(1L);
        writer.Write(1L);
        writer.Write(end - directory);
        writer.Write(directory);
        writer.Write(0x07064B50);
        writer.Write(0);
        writer.Write(end);
        writer.Write(1);
        writer.Write(0x06054B50);
        writer.Write(0);
        writer.Write(uint.MaxValue); // entries, twice
        writer.Write(uint.MaxValue);
        writer.Write(uint.MaxValue);
        writer.Write((ushort)0);
        return stream.ToArray();
    }

    private static byte[] Bytes(Sample sample) => ((EncodedImage)sample.Content).Bytes.ToArray();

    private static string Text(Sample sample) => Encoding.UTF8.GetString(Bytes(sample));

    private static void AssertRefused(string path, string? subfolder, params string[] parts)
    {
        DatasetException error = Assert.Throws<DatasetException>(() => ImageFolder.Open(path, subfolder));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
