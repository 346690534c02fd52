using System.IO.Hashing;

namespace TransferLearning;

/// <summary>A storage of PyTorch's zip form: an entry's bytes, inflated where needed.</summary>
internal static class TorchZipStorage
{
    // In elements of up to 16 bytes: a span holds less than 2 GiB.
    private const long ChecksumPiece = 1L << 26;

    /// <summary>The entry as a storage; length and checksum are compared when it is read from its start to its end.</summary>
    public static TensorStorage Of(CheckpointFile file, ZipEntry entry, long start, bool verify)
    {
        if (!entry.IsDeflated && !verify)
        {
            return TensorStorage.InFile(file, start, entry.Length);
        }

        return new TensorStorage(entry.Length, offset => !entry.IsDeflated && offset != 0
            ? file.Bytes.OpenRange(start + offset, entry.Length - offset)
            : OpenFrom(offset))
        {
            Map = entry.IsDeflated ? null : type => MapVerified(file, entry, start, type),
        };

        Stream OpenFrom(long offset)
        {
            ZipEntryStream stream = new(file.Bytes, entry, start, verify);
            try
            {
                stream.Skip(offset);
                return stream;
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        }
    }

    private static Tensor? MapVerified(CheckpointFile file, ZipEntry entry, long start, ScalarType type)
    {
        long count = entry.Length / ElementType.Of(type).Width;
        Tensor? elements = file.Map(type, start, count);
        if (elements is null)
        {
            return null;
        }

        Crc32 checksum = new();
        for (long first = 0; first < count; first += ChecksumPiece)
        {
            using Tensor piece = elements.narrow(0, first, Math.Min(ChecksumPiece, count - first));
            checksum.Append(piece.bytes);
        }

        if (checksum.GetCurrentHashAsUInt32() == entry.Checksum)
        {
            return elements;
        }

        elements.Dispose();
        throw entry.WrongChecksum(file.Bytes, checksum.GetCurrentHashAsUInt32());
    }
}
