namespace TransferLearning;

/// <summary>
/// Writes a file so that its path holds either the old content or the whole new one: the new content goes to a file beside
/// it, is flushed to the disk and then renamed. Whatever fails, the old file stays and nothing is left beside it.
/// </summary>
internal static class AtomicFile
{
    private const int BufferBytes = 1 << 16;
    private static int _counter;

    /// <summary>Writes a file; its folder must exist. A symbolic link keeps pointing to the file, which is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content. The stream is closed afterwards.</param>
    public static void Write(string path, Action<Stream> write) => Write(path, write, Create);

    /// <summary>The same with another way to make the file beside the target, so that a failing disk can be acted out.</summary>
    internal static void Write(string path, Action<Stream> write, Func<string, Stream> create)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string target = Path.GetFullPath(path);
        if (new FileInfo(target).LinkTarget is not null)
        {
            target = File.ResolveLinkTarget(target, returnFinalTarget: true)!.FullName;
        }

        if (Directory.Exists(target))
        {
            throw new IOException($"'{target}' is a folder; a file name is needed.");
        }

        string temporary = $"{target}.{Environment.ProcessId}-{Interlocked.Increment(ref _counter)}.tmp";
        // Made outside the try block: a file that was there before is not ours to delete.
        Stream stream = create(temporary);
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush();
                (stream as FileStream)?.Flush(flushToDisk: true);
            }

            if (!OperatingSystem.IsWindows() && File.Exists(target))
            {
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
}
