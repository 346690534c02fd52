using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>
/// The form of a file of a feature cache, little-endian: a header of 72 bytes (magic; version and precision, uint32 each; key of the store,
/// 16 bytes; numbers of rows and of damaged samples, int64 each; rank, int64; hash of everything else, 16 bytes), then the shape (int64
/// each), the keys of rows and of damaged samples (16 bytes each), zeros up to a multiple of 64, and the rows, one after another.
/// </summary>
/// <remarks>A file is called by its store and its hash, so that what two processes write under one name is the same.</remarks>
internal static class FeatureFile
{
    public const string Extension = ".features";
    private const int HeaderBytes = 72;
    private const int HashAt = 56;
    private const int Alignment = 64;
    private const int MostDimensions = 8;
    private const uint Version = 1;
    private const int PieceBytes = 1 << 20;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private static ReadOnlySpan<byte> Magic => "TLfeats\n"u8;

    /// <summary>What the names of a store's files match.</summary>
    public static string Pattern(UInt128 store) => $"{store:x32}-*{Extension}";

    /// <summary>Whether a name is one that this class gives.</summary>
    public static bool IsName(string name)
        => name.Length == 32 + 1 + 32 + Extension.Length && name[32] == '-' && name.EndsWith(Extension, StringComparison.Ordinal)
            && name.AsSpan(0, 32).IndexOfAnyExcept(HexDigits) < 0;

    /// <summary>Writes a file; it appears under its name only when it is complete.</summary>
    /// <returns>Its path and where the rows begin.</returns>
    public static (string Path, long Start) Write(string folder, FeatureChunkHeader header, ReadOnlyMemory<byte> rows)
    {
        byte[] front = Front(header);
        UInt128 hash = HashOf(front, rows.Span);
        BinaryPrimitives.WriteUInt128LittleEndian(front.AsSpan(HashAt), hash);
        string path = Path.Combine(folder, $"{header.Store:x32}-{hash:x32}{Extension}");
        AtomicFile.Write(path, stream =>
        {
            stream.Write(front);
            stream.Write(rows.Span);
        });
        return (path, front.Length);
    }

    /// <summary>Opens a file and checks all of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="store">The store that it must belong to.</param>
    /// <param name="keepsInMemory">Receives how many bytes the rows take: whether they shall lie in memory.</param>
    /// <exception cref="InvalidDataException">It is damaged or something else; the message says what.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FeatureChunk Open(string path, UInt128 store, Func<long, bool> keepsInMemory)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        bool isKept = false;
        try
        {
            byte[] front = ReadFront(file, path);
            FeatureChunkHeader header = Parse(front, path);
            if (header.Store != store)
            {
                throw Damaged(path, "it belongs to another network or transform");
            }

            long length = RandomAccess.GetLength(file) - front.Length;
            byte[]? rows = length <= Array.MaxLength && keepsInMemory(length) ? GC.AllocateUninitializedArray<byte>((int)length) : null;
            Verify(file, path, front, length, rows);
            isKept = rows is null;
            return rows is null
                ? new FeatureChunk(header, file, front.Length) { Path = path }
                : new FeatureChunk(header, rows) { Path = path };
        }
        finally
        {
            if (!isKept)
            {
                file.Dispose();
            }
        }
    }

    private static byte[] Front(FeatureChunkHeader header)
    {
        byte[] front = new byte[FrontBytes(header.Shape.Length, header.Keys.Length, header.Damaged.Length)];
        Span<byte> rest = front;
        Magic.CopyTo(rest);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[12..], (uint)header.Precision);
        BinaryPrimitives.WriteUInt128LittleEndian(rest[16..], header.Store);
        BinaryPrimitives.WriteInt64LittleEndian(rest[32..], header.Keys.Length);
        BinaryPrimitives.WriteInt64LittleEndian(rest[40..], header.Damaged.Length);
        BinaryPrimitives.WriteInt64LittleEndian(rest[48..], header.Shape.Length);
        rest = rest[HeaderBytes..];
        foreach (long size in header.Shape)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, size);
            rest = rest[sizeof(long)..];
        }

        foreach (UInt128 key in header.Keys.Concat(header.Damaged))
        {
            BinaryPrimitives.WriteUInt128LittleEndian(rest, key);
            rest = rest[16..];
        }

        return front;
    }

    private static int FrontBytes(long rank, long rows, long damaged)
    {
        Int128 bytes = HeaderBytes + ((Int128)rank * sizeof(long)) + (((Int128)rows + damaged) * 16);
        return (int)Int128.Min((bytes + Alignment - 1) / Alignment * Alignment, int.MaxValue);
    }

    private static byte[] ReadFront(SafeFileHandle file, string path)
    {
        Span<byte> head = stackalloc byte[HeaderBytes];
        ReadExactly(file, path, head, 0);
        if (!head.StartsWith(Magic))
        {
            throw Damaged(path, "it does not begin as a file of features does");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) is var version && version != Version)
        {
            throw Damaged(path, $"it is of version {version}, expected {Version}");
        }

        long rows = BinaryPrimitives.ReadInt64LittleEndian(head[32..]);
        long damaged = BinaryPrimitives.ReadInt64LittleEndian(head[40..]);
        long rank = BinaryPrimitives.ReadInt64LittleEndian(head[48..]);
        if (rows < 0 || damaged < 0 || rank is < 1 or > MostDimensions || FrontBytes(rank, rows, damaged) > RandomAccess.GetLength(file))
        {
            throw Damaged(path, $"it claims {rows} rows, {damaged} damaged samples and {rank} dimensions, which its length cannot hold");
        }

        byte[] front = new byte[FrontBytes(rank, rows, damaged)];
        ReadExactly(file, path, front, 0);
        return front;
    }

    private static FeatureChunkHeader Parse(ReadOnlySpan<byte> front, string path)
    {
        FeaturePrecision precision = (FeaturePrecision)BinaryPrimitives.ReadUInt32LittleEndian(front[12..]);
        UInt128 store = BinaryPrimitives.ReadUInt128LittleEndian(front[16..]);
        int rows = (int)BinaryPrimitives.ReadInt64LittleEndian(front[32..]);
        int damaged = (int)BinaryPrimitives.ReadInt64LittleEndian(front[40..]);
        int rank = (int)BinaryPrimitives.ReadInt64LittleEndian(front[48..]);
        long[] shape = new long[rank];
        UInt128[] keys = new UInt128[rows + damaged];
        Int128 rowBytes = precision == FeaturePrecision.Float16 ? 2 : 4;
        ReadOnlySpan<byte> rest = front[HeaderBytes..];
        for (int i = 0; i < rank; i++)
        {
            shape[i] = BinaryPrimitives.ReadInt64LittleEndian(rest[(i * sizeof(long))..]);
            rowBytes = shape[i] > 0 && rowBytes <= int.MaxValue ? rowBytes * shape[i] : Int128.MaxValue;
        }

        if (!Enum.IsDefined(precision) || rowBytes > int.MaxValue)
        {
            throw Damaged(path, $"it claims rows of the shape [{string.Join(", ", shape)}] and the precision {precision}");
        }

        rest = rest[(rank * sizeof(long))..];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = BinaryPrimitives.ReadUInt128LittleEndian(rest[(i * 16)..]);
        }

        return new FeatureChunkHeader(store, precision, shape, keys[..rows], keys[rows..]);
    }

    private static void Verify(SafeFileHandle file, string path, byte[] front, long length, byte[]? kept)
    {
        FeatureChunkHeader header = Parse(front, path);
        Int128 expected = (Int128)header.Keys.Length * FeatureChunkHeader.BytesOfRow(header.Precision, header.Shape);
        if (length != expected)
        {
            throw Damaged(path, $"its rows take {length} bytes, expected {expected}");
        }

        XxHash128 hash = Started(front);
        byte[] piece = kept ?? new byte[PieceBytes];
        for (long done = 0; done < length;)
        {
            Span<byte> part = kept is null
                ? piece.AsSpan(0, (int)Math.Min(PieceBytes, length - done))
                : piece.AsSpan((int)done, (int)Math.Min(PieceBytes, length - done));
            ReadExactly(file, path, part, front.Length + done);
            hash.Append(part);
            done += part.Length;
        }

        if (hash.GetCurrentHashAsUInt128() != BinaryPrimitives.ReadUInt128LittleEndian(front.AsSpan(HashAt)))
        {
            throw Damaged(path, "its content does not have the hash that its header states");
        }
    }

    private static UInt128 HashOf(byte[] front, ReadOnlySpan<byte> rows)
    {
        XxHash128 hash = Started(front);
        hash.Append(rows);
        return hash.GetCurrentHashAsUInt128();
    }

    private static XxHash128 Started(byte[] front)
    {
        XxHash128 hash = new();
        hash.Append(front.AsSpan(0, HashAt));
        hash.Append(front.AsSpan(HeaderBytes));
        return hash;
    }

    private static void ReadExactly(SafeFileHandle file, string path, Span<byte> destination, long position)
    {
        if (FileRange.Read(file, destination, position) < destination.Length)
        {
            throw Damaged(path, "it ends too early");
        }
    }

    private static InvalidDataException Damaged(string path, string problem) => new($"'{path}' is no whole file of features: {problem}.");
}
