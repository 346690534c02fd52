namespace TransferLearning;

/// <summary>Device-independent bitmaps (.dib): BMP files that begin with their second header.</summary>
internal static class BitmapHeader
{
    private const int FileHeaderSize = 14;

    public static bool IsMissing(ReadOnlySpan<byte> file)
        => file.Length >= 40 && Number(file, 0) is 40 or 52 or 56 or 64 or 108 or 124
            && BinaryPrimitives.ReadUInt16LittleEndian(file[12..]) == 1 // planes
            && BinaryPrimitives.ReadUInt16LittleEndian(file[14..]) is 1 or 4 or 8 or 16 or 24 or 32;

    /// <summary>The file as a BMP file: with the header that says where the pixels begin.</summary>
    public static byte[] Added(ReadOnlySpan<byte> file)
    {
        const int BitFields = 3, ShortHeader = 40;
        uint header = Number(file, 0);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(file[14..]);
        uint masks = header == ShortHeader && Number(file, 16) == BitFields ? 12u : 0;
        uint colours = Number(file, 32);
        colours = bits <= 8 ? (colours is > 0 and <= 256 ? colours : 1u << bits) : Math.Min(colours, 256);
        byte[] whole = new byte[FileHeaderSize + file.Length];
        "BM"u8.CopyTo(whole);
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(2), (uint)whole.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(10), FileHeaderSize + header + masks + (4 * colours));
        file.CopyTo(whole.AsSpan(FileHeaderSize));
        return whole;
    }

    private static uint Number(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file[at..]);
}
