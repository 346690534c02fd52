namespace TransferLearning.Tests;

public sealed class ElfVersionNeedsTests
{
    [Fact]
    public void Marks_the_one_entry_of_the_native_library_and_changes_one_bit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux only.");
        byte[] before = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
        byte[] after = (byte[])before.Clone();
        Assert.Equal(1, ElfVersionNeeds.Weaken(after, "GLIBCXX_3.4.32"));
        int[] changed = [.. Enumerable.Range(0, before.Length).Where(i => before[i] != after[i])];
        int only = Assert.Single(changed);
        Assert.Equal(before[only] | 2, after[only]);
    }

    [Fact]
    public void An_unknown_version_changes_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux only.");
        byte[] bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
        byte[] copy = (byte[])bytes.Clone();
        Assert.Equal(0, ElfVersionNeeds.Weaken(copy, "GLIBCXX_99"));
        Assert.Equal(bytes, copy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(4000)]
    public void A_cut_or_foreign_file_is_refused(int length)
    {
        byte[] bytes = new byte[length];
        if (length > 100 && OperatingSystem.IsLinux())
        {
            using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
            file.ReadExactly(bytes);
        }

        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken(bytes, "GLIBCXX_3.4.32"));
    }
}
