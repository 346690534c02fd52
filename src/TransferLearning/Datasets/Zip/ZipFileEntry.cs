namespace TransferLearning;

/// <summary>What the directory of a zip file says about one entry. Nothing of it is trusted before it has been checked.</summary>
/// <param name="Name">The path, with '/' between its parts and '/' at the end of a folder.</param>
/// <param name="HeaderOffset">Where the entry begins in the file.</param>
/// <param name="CompressedSize">How many bytes it takes in the file.</param>
/// <param name="Size">How many bytes it has unpacked.</param>
/// <param name="Crc">The checksum of the unpacked bytes.</param>
/// <param name="Method">How it is packed: 0 stored, 8 deflated.</param>
/// <param name="IsEncrypted">Whether a password is needed.</param>
internal sealed record ZipFileEntry(
    string Name, long HeaderOffset, long CompressedSize, long Size, uint Crc, ushort Method, bool IsEncrypted)
{
    public bool IsFolder => Name.EndsWith('/');
}
