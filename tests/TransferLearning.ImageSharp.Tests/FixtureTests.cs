using System.Runtime.InteropServices;

namespace TransferLearning.ImageSharp.Tests;

/// <summary>Images that ImageMagick with libtiff and Pillow wrote (Fixtures/make.py): the same numbers, or a refusal.</summary>
public sealed class FixtureTests
{
    private static readonly ImageSharpCodec Codec = new();

    public static IEnumerable<TheoryDataRow<string>> Known
        => Files("*.ti?").Concat(Files("*.tga")).Where(name => !name.StartsWith("refused", StringComparison.Ordinal))
            .Select(name => new TheoryDataRow<string>(name));

    public static IEnumerable<TheoryDataRow<string>> Refused => Files("refused*").Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Known))]
    public void The_other_side_s_numbers_are_read(string name)
    {
        byte[] expected = File.ReadAllBytes(Path.ChangeExtension(At(name), "rgb"));
        using ImagePixels image = Codec.Decode(File.ReadAllBytes(At(name)), name);
        bool isDeep = name.Contains("16", StringComparison.Ordinal);
        Assert.Equal(isDeep ? 16 : 8, image.BitsPerChannel);
        byte[] actual = isDeep
            ? [.. MemoryMarshal.AsBytes(image.Samples).ToArray().Where((_, i) => i % 8 < 6)]
            : [.. image.Bytes.ToArray().Where((_, i) => i % 4 < 3)];
        Assert.Equal(expected.Length, actual.Length);
        int largest = expected.Zip(actual, (wanted, found) => Math.Abs(wanted - found)).Max();
        // Five bits become eight by rounding here and by cutting off there.
        Assert.InRange(largest, 0, name.Contains("jpeg", StringComparison.Ordinal) ? 3 : name == "tga_word.tga" ? 1 : 0);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_would_come_out_wrong_is_refused(string name)
    {
        MediaException error = Assert.Throws<MediaException>(() => Codec.Decode(File.ReadAllBytes(At(name)), name));
        Assert.Contains("refused", error.Message, StringComparison.Ordinal);
        Assert.Contains("Convert it to PNG", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void A_cut_file_is_refused_wherever_it_is_cut(string name)
    {
        byte[] file = File.ReadAllBytes(At(name));
        using ImagePixels whole = Codec.Decode(file, name);
        for (int length = 4; length < file.Length; length += 1 + (file.Length / 60))
        {
            ImagePixels? image = null;
            try
            {
                image = Codec.Decode(file.AsMemory(0, length), name);
            }
            catch (MediaException)
            {
                continue;
            }

            // Whatever lies behind the pixels may go.
            using (image)
            {
                Assert.Equal(whole.Bytes.ToArray(), image.Bytes.ToArray());
            }
        }
    }

    internal static string At(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);

    internal static IEnumerable<string> Files(string pattern)
        => Directory.EnumerateFiles(At("."), pattern)
            .Select(path => Path.GetFileName(path))
            .Where(name => !name.EndsWith(".rgb", StringComparison.Ordinal)).Order();
}
