namespace TransferLearning.ImageSharp.Tests;

/// <summary>Some of the damaged files of which the benchmarks decode 18,000.</summary>
public sealed class CodecFuzzTests
{
    [Fact]
    public void A_damaged_file_ends_in_an_image_or_a_refusal_within_its_memory()
    {
        const int Count = 1500;
        CodecFuzz fuzz = new(FixtureTests.At("."));
        fuzz.Run(Count, seed: 1);
        Assert.Equal(Count, fuzz.Decoded + fuzz.Refused);
        Assert.InRange(fuzz.Decoded, 1, Count - 1);
        Assert.InRange(fuzz.MostBytes, 0, 256 << 20);
    }

    [Fact]
    public void A_strip_of_no_bytes_is_refused()
    {
        byte[] file = File.ReadAllBytes(FixtureTests.At("gray8_zip.tif"));
        int directory = BitConverter.ToInt32(file, 4), fields = BitConverter.ToUInt16(file, directory);
        int entry = Enumerable.Range(0, fields).Select(i => directory + 2 + (12 * i)).First(at => BitConverter.ToUInt16(file, at) == 279);
        int width = BitConverter.ToUInt16(file, entry + 2) == 3 ? 2 : 4, length = width * BitConverter.ToInt32(file, entry + 4);
        file.AsSpan(length > 4 ? BitConverter.ToInt32(file, entry + 8) : entry + 8, length).Clear();
        Assert.Throws<MediaException>(() => new ImageSharpCodec().Decode(file, "empty.tif"));
    }

    [Theory]
    [InlineData("49492B0008000000100000000000000000000000000000400000000000000000")] // a BigTIFF directory of 2^62 entries
    [InlineData("49492A00FFFFFFFF")] // a directory behind the end
    [InlineData("49492A0008000000FFFF")] // 65535 fields in no bytes
    [InlineData("4D4D002A00000008000101000004FFFFFFFF00000008")] // a field of 4 billion numbers
    [InlineData("00000A000000000000000000FFFFFFFF2000")] // a TGA of 4 billion pixels
    [InlineData("000002000000000000000000102710272000")] // one of 100 million without any
    public void A_small_hostile_file_is_refused_before_memory_is_taken(string digits)
    {
        byte[] file = Convert.FromHexString(digits);
        ImageSharpCodec codec = new();
        Assert.Throws<MediaException>(() => codec.Decode(file, "hostile"));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MediaException>(() => codec.Decode(file, "hostile"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 16);
    }
}
