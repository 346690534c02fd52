namespace TransferLearning;

/// <summary>Writes a file so that its path holds either the old content or the whole new one: the new content goes to a file beside it, is
/// flushed to the disk and then renamed. Whatever fails, the old file stays and nothing is left beside it.</summary>
public static class AtomicFile
{
    private const int BufferBytes = 1 << 16;
    private static int _counter;

    /// <summary>Writes a file; its folder must exist. A symbolic link keeps pointing to the file, which is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content. The stream is closed afterwards.</param>
    /// <exception cref="IOException">The path is a folder, a device, a pipe or a socket, its folder does not exist
    /// (<see cref="DirectoryNotFoundException"/>) or may not be written to, or the disk is full. The message names the path.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, Create);

    /// <summary>The same with another way to make the file beside the target, so that a failing disk can be acted out.</summary>
    internal static void Write(string path, Action<Stream> write, Func<string, Stream> create)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string target = Target(path);
        string temporary = $"{target}.{Environment.ProcessId}-{Interlocked.Increment(ref _counter)}.tmp";
        bool isOurs = false;
        try
        {
            using (Stream stream = create(temporary))
            {
                isOurs = true; // a file that was there before is not ours to delete
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
        catch (Exception exception)
        {
            if (isOurs)
            {
                File.Delete(temporary);
            }

            // Nobody asked for the temporary file, so nobody can look for it.
            if (exception is UnauthorizedAccessException or IOException && exception.Message.Contains(temporary, StringComparison.Ordinal))
            {
                throw new IOException(
                    $"'{path}' cannot be written: {exception.Message.Replace(temporary, target, StringComparison.Ordinal)} "
                    + "Check the rights and the room of its folder, or choose another.",
                    exception);
            }

            throw;
        }
    }

    /// <summary>The file that a path means, or an error that says why there can be none.</summary>
    private static string Target(string path)
    {
        string target = Path.GetFullPath(path);
        if (FileKind.IsSpecial(target))
        {
            throw new IOException(
                $"'{path}' is a device, a pipe or a socket; only a regular file can be written. Give the path of a file.");
        }

        if (new FileInfo(target).LinkTarget is not null)
        {
            target = File.ResolveLinkTarget(target, returnFinalTarget: true)!.FullName;
        }

        if (Directory.Exists(target))
        {
            throw new IOException($"'{path}' is a folder; a file name is needed.");
        }

        string folder = Path.GetDirectoryName(target)!;
        return Directory.Exists(folder)
            ? target
            : throw new DirectoryNotFoundException(
                $"'{path}' cannot be written: there is no folder '{folder}'. Make it first, or choose another.");
    }

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
}
