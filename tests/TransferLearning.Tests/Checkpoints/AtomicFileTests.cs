namespace TransferLearning.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Replaces_a_file_and_leaves_nothing_beside_it()
    {
        string path = _folder.File("a");
        File.WriteAllText(path, "a longer old content");
        AtomicFile.Write(path, stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Keeps_the_old_file_when_the_writer_fails()
    {
        string path = _folder.File("a");
        File.WriteAllText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100_000]);
            Assert.Equal("old", File.ReadAllText(path));
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(99_999)]
    public void Keeps_the_old_file_when_the_disk_is_full(int room)
    {
        string path = _folder.File("a");
        File.WriteAllText(path, "old");
        Assert.Throws<IOException>(
            () => AtomicFile.Write(path, stream => stream.Write(new byte[100_000]), name => new SmallDisk(name, room)));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Keeps_the_old_file_when_only_the_flush_finds_the_disk_full()
    {
        string path = _folder.File("a");
        Assert.Throws<IOException>(
            () => AtomicFile.Write(path, stream => stream.Write(new byte[10]), name => new BufferedStream(new SmallDisk(name, 5))));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Writes_through_a_symbolic_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        File.WriteAllText(_folder.File("target"), "old");
        File.CreateSymbolicLink(_folder.File("link"), _folder.File("target"));
        AtomicFile.Write(_folder.File("link"), stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(_folder.File("target")));
        Assert.NotNull(File.ResolveLinkTarget(_folder.File("link"), false));
    }

    [Fact]
    public void Refuses_a_folder_and_a_missing_folder_under_the_callers_path()
    {
        Assert.Throws<IOException>(() => AtomicFile.Write(_folder.Path, stream => stream.WriteByte(1)));
        string message = Assert.Throws<DirectoryNotFoundException>(
            () => AtomicFile.Write(_folder.File("no/file"), stream => stream.WriteByte(1))).Message;
        Assert.Contains($"'{_folder.File("no/file")}'", message, StringComparison.Ordinal);
        Assert.Contains($"no folder '{_folder.File("no")}'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Refuses_what_is_no_regular_file_and_leaves_it(bool throughLink)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Asks the system as Linux answers.");
        string pipe = _folder.File("pipe");
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", pipe))
        {
            make.WaitForExit();
        }

        string path = throughLink ? _folder.File("link") : pipe;
        if (throughLink)
        {
            File.CreateSymbolicLink(path, pipe);
        }

        IOException error = Assert.Throws<IOException>(() => AtomicFile.Write(path, stream => stream.WriteByte(1)));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.True(FileKind.IsSpecial(pipe));
        Assert.Equal(throughLink ? 2 : 1, Directory.GetFileSystemEntries(_folder.Path).Length);
        Assert.True(FileKind.IsSpecial("/dev/full"));
        Assert.False(FileKind.IsSpecial(_folder.Path));
        Assert.False(FileKind.IsSpecial(_folder.File("none")));
    }

    [Fact]
    public void An_error_names_the_callers_path_and_not_the_temporary_file()
    {
        string path = _folder.File("a");
        IOException error = Assert.Throws<IOException>(() => AtomicFile.Write(
            path, _ => { }, name => throw new UnauthorizedAccessException($"Access to the path '{name}' is denied.")));
        Assert.Contains($"'{path}'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A disk with room for so many bytes.</summary>
    private sealed class SmallDisk(string path, int room) : FileStream(path, FileMode.CreateNew)
    {
        private int _room = room;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.Length > _room)
            {
                throw new IOException("No space left on device");
            }

            _room -= buffer.Length;
            base.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }
}
