namespace TransferLearning.Tests;

public sealed class FeatureFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("feature-file-").FullName;
    private readonly FeatureChunkHeader _header = new(42, FeaturePrecision.Float32, [2, 3], [7, 8, UInt128.MaxValue], [9]);
    private readonly byte[] _rows = [.. Enumerable.Range(0, 3 * 6 * 4).Select(i => (byte)i)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_written_is_read(bool inMemory)
    {
        string path = FeatureFile.Write(_folder, _header, _rows).Path;
        Assert.True(FeatureFile.IsName(Path.GetFileName(path)));
        using FeatureChunk chunk = FeatureFile.Open(path, 42, _ => inMemory);
        Assert.Equal(_header.Keys, chunk.Header.Keys);
        Assert.Equal(_header.Damaged, chunk.Header.Damaged);
        Assert.Equal(_header.Shape, chunk.Header.Shape);
        Assert.Equal(inMemory ? _rows.Length : 0, chunk.BytesInMemory);
        byte[] row = new byte[24];
        chunk.Read(2, row);
        Assert.Equal(_rows[48..], row);
    }

    [Fact]
    public void Any_changed_byte_is_noticed()
    {
        string path = FeatureFile.Write(_folder, _header, _rows).Path;
        byte[] sound = File.ReadAllBytes(path);
        for (int i = 0; i < sound.Length; i++)
        {
            byte[] changed = [.. sound];
            changed[i] ^= 0x80;
            File.WriteAllBytes(path, changed);
            Assert.Throws<InvalidDataException>(() => FeatureFile.Open(path, 42, _ => true));
        }
    }

    [Fact]
    public void A_file_of_any_other_length_is_noticed()
    {
        string path = FeatureFile.Write(_folder, _header, _rows).Path;
        byte[] sound = File.ReadAllBytes(path);
        for (int length = 0; length < sound.Length; length++)
        {
            File.WriteAllBytes(path, sound[..length]);
            Assert.Throws<InvalidDataException>(() => FeatureFile.Open(path, 42, _ => false));
        }

        File.WriteAllBytes(path, [.. sound, 0]);
        Assert.Throws<InvalidDataException>(() => FeatureFile.Open(path, 42, _ => false));
        Assert.Throws<InvalidDataException>(() => FeatureFile.Open(FeatureFile.Write(_folder, _header, _rows).Path, 43, _ => false));
    }

    [Fact]
    public void Claims_that_memory_could_not_hold_are_refused_before_any_is_taken()
    {
        string path = FeatureFile.Write(_folder, _header, _rows).Path;
        byte[] sound = File.ReadAllBytes(path);
        foreach (int place in new[] { 32, 40, 48, 72, 80 })
        {
            byte[] changed = [.. sound];
            BitConverter.TryWriteBytes(changed.AsSpan(place), long.MaxValue / 16);
            File.WriteAllBytes(path, changed);
            Assert.Throws<InvalidDataException>(() => FeatureFile.Open(path, 42, _ => true));
        }
    }

    [Fact]
    public void A_file_cut_short_while_it_is_used_gives_an_error_and_not_the_end_of_the_process()
    {
        string path = FeatureFile.Write(_folder, _header, _rows).Path;
        using FeatureChunk chunk = FeatureFile.Open(path, 42, _ => false);
        using (FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.SetLength(100);
        }

        Assert.Contains("became shorter", Assert.Throws<IOException>(() => chunk.Read(2, new byte[24])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_and_foreign_files_are_replaced_and_the_log_says_so()
    {
        using Dataset noise = NoiseImages.Of(10);
        using ImageModel model = TransferModel.Create("resnet20", 3);
        string folder = Path.Combine(_folder, "cache");
        FeatureSet Extract(LinesLogger log) => model.ExtractFeatures(
            noise, new FeatureOptions { Cache = new FeatureCache(folder), Logger = log });
        using FeatureSet sound = Extract(new LinesLogger());
        string file = Directory.GetFiles(folder).Single();
        byte[] bytes = File.ReadAllBytes(file);
        byte[] flipped = [.. bytes];
        flipped[^1] ^= 1;
        foreach (byte[] bad in new byte[][] { flipped, bytes[..100], [], "PNG and so on"u8.ToArray() })
        {
            File.WriteAllBytes(file, bad);
            File.WriteAllText(Path.Combine(folder, "notes.features"), "not ours");
            LinesLogger log = new();
            using FeatureSet again = Extract(log);
            Assert.Equal(sound.ToArray(9), again.ToArray(9));
            Assert.Contains(
                log.Lines,
                line => line.Contains("computed again", StringComparison.Ordinal) && line.Contains(file, StringComparison.Ordinal));
            Assert.Equal(bytes, File.ReadAllBytes(file));
            Assert.True(File.Exists(Path.Combine(folder, "notes.features")));
        }
    }
}
