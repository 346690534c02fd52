using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>The bytes of a text file, read at any place from any thread. What cannot be read so (a compressed file, texts that come one
/// after another) is first written to a temporary file, which nobody else sees and which is gone when this is disposed.</summary>
internal sealed class TextBytes : IDisposable
{
    private const int CopyBytes = 1 << 16;

    private readonly SafeFileHandle _file;
    private readonly FileStream? _temporary; // what the handle belongs to

    private TextBytes(string name, SafeFileHandle file, FileStream? temporary = null)
    {
        Name = name;
        _file = file;
        _temporary = temporary;
        Length = RandomAccess.GetLength(file);
    }

    /// <summary>The full path of the file, or what to call the texts in messages.</summary>
    public string Name { get; }

    public long Length { get; }

    /// <summary>Opens a file, compressed (gzip) or not.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumUnpackedBytes">No compressed file may become larger.</param>
    /// <exception cref="DatasetException">It cannot be opened or unpacked.</exception>
    public static TextBytes Open(string path, long maximumUnpackedBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        try
        {
            SafeFileHandle file = File.OpenHandle(full);
            if (!IsCompressed(file))
            {
                return new TextBytes(full, file);
            }

            using FileStream packed = new(file, FileAccess.Read);
            using GZipStream unpacked = new(packed, CompressionMode.Decompress);
            return Spooled(full, output => Copy(unpacked, output, full, maximumUnpackedBytes));
        }
        catch (InvalidDataException exception)
        {
            throw new DatasetException($"'{full}' is a damaged gzip file: {exception.Message} Download it again.", exception);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException and not DatasetException)
        {
            throw new DatasetException($"'{full}' cannot be opened: {exception.Message} Expected a text file, plain or gzip.", exception);
        }
    }

    /// <summary>Takes what is written to a temporary file.</summary>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="write">Writes it.</param>
    public static TextBytes Spooled(string name, Action<Stream> write)
    {
        string temporary = Path.GetTempFileName();
        FileOptions whenClosed = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
        FileStream file = new(temporary, FileMode.Open, FileAccess.ReadWrite, FileShare.None, CopyBytes, whenClosed);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                File.Delete(temporary); // at once, so that even a process that is killed leaves nothing behind
            }

            write(file);
            file.Flush();
            return new TextBytes(name, file.SafeFileHandle, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Fills the buffer from a place; less only at the end of the file.</summary>
    public int Read(long offset, Span<byte> buffer) => FileRange.Read(_file, buffer, offset);

    /// <summary>The bytes from the beginning, one after another. Closing the stream leaves the file open.</summary>
    public Stream OpenStream()
    {
        Span<byte> mark = stackalloc byte[2];
        return Read(0, mark) == 2 && mark is [0xFF, 0xFE] or [0xFE, 0xFF]
            ? throw new DatasetException($"'{Name}' is UTF-16 text. Save the file as UTF-8.")
            : new Sequence(this);
    }

    public void Dispose()
    {
        _temporary?.Dispose();
        _file.Dispose();
    }

    private static bool IsCompressed(SafeFileHandle file)
    {
        Span<byte> magic = stackalloc byte[2];
        return FileRange.Read(file, magic, 0) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
    }

    private static void Copy(GZipStream input, Stream output, string path, long maximum)
    {
        byte[] buffer = new byte[CopyBytes];
        long total = 0;
        while (input.Read(buffer) is > 0 and int count)
        {
            total += count;
            if (total > maximum)
            {
                throw new DatasetException(
                    $"'{path}' unpacks to more than {maximum} bytes. "
                    + "Unpack it yourself, or raise the limit if it is meant to be so large.");
            }

            output.Write(buffer, 0, count);
        }
    }

    private sealed class Sequence(TextBytes source) : Stream
    {
        private long _position;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => source.Length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = source.Read(_position, buffer);
            _position += read;
            return read > 0 || buffer.IsEmpty || _position >= source.Length
                ? read
                : throw new DatasetException($"'{source.Name}' became shorter while it was read.");
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
