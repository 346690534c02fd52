using System.Formats.Tar;
using System.IO.Compression;

namespace TransferLearning.Tests;

public class Cifar10Tests
{
    private const int RecordBytes = 3073;

    [Fact]
    public void Reads_folder_and_archive_alike()
    {
        using SampleFolder folder = new();
        string inner = Publish(folder, records: 3);
        string archive = Pack(folder);
        using Cifar10 plain = Cifar10.Open(inner);
        using Cifar10 around = Cifar10.Open(folder.Root, train: false);
        using Cifar10 packed = Cifar10.Open(archive);
        using Cifar10 packedTest = Cifar10.Open(archive, train: false);
        Assert.Equal((15, 3, 15, 3), (plain.Count, around.Count, packed.Count, packedTest.Count));
        Assert.Equal("zero one two three four five six seven eight nine".Split(' '), plain.ClassNames);
        Assert.Equal(plain.ClassNames, packed.ClassNames);
        Assert.Equal(plain.Fingerprint, packed.Fingerprint);
        Assert.Equal("data_batch_2.bin/1", plain.NameOf(4));
        for (int i = 0; i < plain.Count; i++)
        {
            (Sample left, Sample right) = (plain.Read(i), packed.Read(i));
            Assert.Equal((left.Name, left.Label), (right.Name, right.Label));
            Assert.Equal(((RawImage)left.Content).Rgb.ToArray(), ((RawImage)right.Content).Rgb.ToArray());
            Assert.Equal(((RawImage)around.Read(i % 3).Content).Rgb.ToArray(), ((RawImage)packedTest.Read(i % 3).Content).Rgb.ToArray());
        }
    }

    [Fact]
    public void Planes_become_pixels()
    {
        using SampleFolder folder = new();
        string inner = Publish(folder, records: 2);
        using Cifar10 dataset = Cifar10.Open(inner);
        RawImage image = (RawImage)dataset.Read(3).Content; // record 1 of file 2
        byte[] file = File.ReadAllBytes(Path.Combine(inner, "data_batch_2.bin"))[RecordBytes..];
        Assert.Equal((32, 32, (int)file[0]), (image.Width, image.Height, dataset.LabelOf(3)));
        for (int pixel = 0; pixel < 1024; pixel++)
        {
            Assert.Equal((byte[])[file[1 + pixel], file[1025 + pixel], file[2049 + pixel]], image.Rgb.Slice(3 * pixel, 3).ToArray());
        }
    }

    [Fact]
    public void Without_class_names_the_published_ones_hold()
    {
        using SampleFolder folder = new();
        string inner = Publish(folder, records: 1);
        File.Delete(Path.Combine(inner, "batches.meta.txt"));
        using Cifar10 dataset = Cifar10.Open(inner);
        Assert.Equal(("airplane", "truck"), (dataset.ClassNames[0], dataset.ClassNames[9]));
    }

    [Fact]
    public void Refuses_a_wrong_size_a_wrong_label_and_wrong_names()
    {
        using SampleFolder folder = new();
        string inner = Publish(folder, records: 300);
        string third = Path.Combine(inner, "data_batch_3.bin");
        byte[] whole = File.ReadAllBytes(third);
        foreach (int length in (int[])[0, 1, RecordBytes - 1, whole.Length - 1])
        {
            File.WriteAllBytes(third, whole[..length]);
            AssertRefused(inner, third, $"{length} bytes", "3073");
        }

        byte[] mislabelled = [.. whole];
        mislabelled[299 * RecordBytes] = 10;
        File.WriteAllBytes(third, mislabelled);
        AssertRefused(inner, third, "label 10 in record 299");
        File.WriteAllBytes(third, whole);
        File.WriteAllText(Path.Combine(inner, "batches.meta.txt"), "one\ntwo\n");
        AssertRefused(inner, "batches.meta.txt", "names 2 classes; expected 10");
    }

    [Fact]
    public void Refuses_missing_files_and_the_Python_version()
    {
        using SampleFolder folder = new SampleFolder().With("cifar-10-batches-py/data_batch_1");
        AssertRefused(folder.Root, "data_batch_5.bin", "Python version", "binary version");
        AssertRefused(folder.File("cifar-10-batches-py"), "Python version");
        AssertRefused(folder.File("nowhere"), folder.File("nowhere"));
        string inner = Publish(folder, records: 1);
        File.Delete(Path.Combine(inner, "data_batch_4.bin"));
        AssertRefused(inner, "lacks data_batch_4.bin");
    }

    [Fact]
    public void Refuses_a_damaged_archive()
    {
        using SampleFolder folder = new();
        Publish(folder, records: 4);
        string archive = Pack(folder);
        byte[] whole = File.ReadAllBytes(archive);
        foreach (int length in (int[])[0, 1, 2, 12, whole.Length / 2])
        {
            File.WriteAllBytes(archive, whole[..length]);
            AssertRefused(archive, archive);
        }

        whole[whole.Length / 3] ^= 0xFF;
        File.WriteAllBytes(archive, whole);
        AssertRefused(archive, archive);
    }

    [Fact]
    public void Refuses_an_archive_of_too_many_or_too_large_files()
    {
        using SampleFolder folder = new();
        string archive = folder.File("many.tar.gz");
        using (TarWriter tar = new(new GZipStream(File.Create(archive), CompressionLevel.Fastest)))
        {
            for (int i = 0; i <= 1000; i++)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{i}.txt"));
            }
        }

        AssertRefused(archive, "Do not trust");
        archive = folder.File("large.tar.gz");
        using (TarWriter tar = new(new GZipStream(File.Create(archive), CompressionLevel.Fastest)))
        {
            MemoryStream content = new(new byte[(64 << 20) + 1]);
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "data_batch_1.bin") { DataStream = content });
        }

        AssertRefused(archive, "claims 67108865 bytes");
    }

    private static string Publish(SampleFolder folder, int records)
    {
        string inner = folder.File("cifar-10-batches-bin");
        Directory.CreateDirectory(inner);
        string[] names = [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin"), "test_batch.bin"];
        for (int file = 0; file < names.Length; file++)
        {
            byte[] bytes = new byte[records * RecordBytes];
            SeededRandom random = new(file);
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)random.NextInt32(i % RecordBytes == 0 ? 10 : 256);
            }

            File.WriteAllBytes(Path.Combine(inner, names[file]), bytes);
        }

        File.WriteAllText(Path.Combine(inner, "batches.meta.txt"), "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n\n");
        return inner;
    }

    private static string Pack(SampleFolder folder)
    {
        string archive = folder.File("cifar-10-binary.tar.gz");
        using GZipStream packed = new(File.Create(archive), CompressionLevel.Fastest);
        TarFile.CreateFromDirectory(folder.File("cifar-10-batches-bin"), packed, includeBaseDirectory: true);
        return archive;
    }

    private static void AssertRefused(string path, params string[] parts)
    {
        DatasetException error = Assert.Throws<DatasetException>(() => Cifar10.Open(path));
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
