using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>Reads entries of a zip file by their place, from any number of threads at once, without unpacking it.</summary>
internal sealed class ZipFileReader : IDisposable
{
    private const ushort Stored = 0;
    private const ushort Deflated = 8;
    private const int LocalSize = 30;
    private const uint LocalSignature = 0x04034B50;

    // Deflate makes at most 258 bytes of 2 bits, so whatever claims more is a lie, and no memory is taken for it.
    private const long LargestRatio = 1032;

    private readonly SafeFileHandle _file;
    private readonly string _path;

    public ZipFileReader(string path)
    {
        _path = path;
        try
        {
            _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new DatasetException($"'{path}' cannot be opened: {exception.Message}", exception);
        }
    }

    /// <summary>Reads the directory.</summary>
    public List<ZipFileEntry> ReadDirectory() => ZipFileDirectory.Read(_file, _path);

    /// <summary>Throws if an entry cannot be read, as far as the directory shows.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="limit">How many bytes it may have unpacked.</param>
    public void Check(ZipFileEntry entry, long limit)
    {
        if (entry.IsEncrypted)
        {
            throw new DatasetException(
                $"'{_path}' is encrypted (entry '{entry.Name}'). Unpack it with its password and open the folder, or pack it without one.");
        }

        if (entry.Method is not (Stored or Deflated))
        {
            throw new DatasetException(
                $"'{_path}', entry '{entry.Name}', is packed by method {entry.Method}; expected 0 (stored) or 8 (deflated). " +
                "Pack it again, or unpack it and open the folder.");
        }

        long larger = Math.Max(entry.Size, entry.CompressedSize);
        if (larger > limit)
        {
            throw new DatasetException(
                $"'{_path}', entry '{entry.Name}', claims {larger} bytes, more than the {limit} that a file of this kind may have. " +
                "Do not trust this archive.");
        }

        bool possible = entry.Method == Stored ? entry.Size == entry.CompressedSize : entry.Size / LargestRatio <= entry.CompressedSize;
        if (!possible)
        {
            throw ZipFileDirectory.Damaged(
                _path, $"entry '{entry.Name}' claims {entry.Size} bytes packed into {entry.CompressedSize}, which cannot be");
        }
    }

    /// <summary>Reads one entry that has passed <see cref="Check"/>, and checks its size and checksum.</summary>
    public byte[] Read(string name, long headerOffset, int compressedSize, int size, uint crc, bool isDeflated)
    {
        Span<byte> header = stackalloc byte[LocalSize];
        ZipFileDirectory.ReadExactly(_file, header, headerOffset, _path);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature)
        {
            throw ZipFileDirectory.Damaged(_path, $"entry '{name}' does not begin where the directory says");
        }

        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        byte[] packed = GC.AllocateUninitializedArray<byte>(compressedSize);
        ZipFileDirectory.ReadExactly(_file, packed, headerOffset + LocalSize + nameLength + extraLength, _path);
        byte[] bytes = isDeflated ? Inflate(packed, size, name) : packed;
        uint sum = Crc32.Append(0, bytes);
        return sum == crc
            ? bytes
            : throw ZipFileDirectory.Damaged(_path, $"the checksum of entry '{name}' is {sum:x8}, expected {crc:x8}");
    }

    public void Dispose() => _file.Dispose();

    private byte[] Inflate(byte[] packed, int size, string name)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(size);
        try
        {
            using var inflater = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress);
            int read = inflater.ReadAtLeast(bytes, size, throwOnEndOfStream: false);
            if (read < size || inflater.ReadByte() >= 0)
            {
                throw ZipFileDirectory.Damaged(
                    _path, $"entry '{name}' unpacks to {(read < size ? "fewer" : "more")} than the {size} bytes its directory says");
            }
        }
        catch (InvalidDataException exception)
        {
            throw new DatasetException(
                $"'{_path}' is a damaged zip file: entry '{name}' cannot be unpacked. Copy or download it again.", exception);
        }

        return bytes;
    }
}
