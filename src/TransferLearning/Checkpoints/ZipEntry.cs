using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>One entry of a zip archive whose place has been checked.</summary>
internal sealed record ZipEntry(string Name, bool IsDeflated, uint Checksum, long Start, long CompressedLength, long Length)
{
    // In elements of up to 16 bytes: a span holds less than 2 GiB.
    private const long ChecksumPiece = 1L << 26;

    /// <summary>
    /// The entry's bytes, inflated where needed; bytes and checksum are compared when it is read from its start to its end.
    /// </summary>
    public TensorStorage ToStorage(CheckpointFile file, bool verify)
    {
        if (!IsDeflated && !verify)
        {
            return TensorStorage.InFile(file, Start, Length);
        }

        return new TensorStorage(Length, offset =>
        {
            if (!IsDeflated && offset != 0)
            {
                return file.OpenRange(Start + offset, Length - offset);
            }

            ZipEntryStream stream = new(file, this, verify);
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
        })
        {
            Map = IsDeflated ? null : type => MapVerified(file, type),
        };
    }

    /// <summary>All bytes of a small entry.</summary>
    public byte[] ReadAll(CheckpointFile file, bool verify)
    {
        byte[] bytes = new byte[Length];
        using Stream stream = ToStorage(file, verify).OpenRead(0);
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The error for bytes that are not those that were stored.</summary>
    public CheckpointException Damaged(CheckpointFile file, string problem, Exception? inner = null) =>
        file.Error(CheckpointErrorKind.CorruptZip, $"entry '{Name}'", $"The entry is damaged: {problem}.", CheckpointFile.RemedyDownload, inner);

    /// <summary>The same where the checksum tells.</summary>
    public CheckpointException WrongChecksum(CheckpointFile file, uint found) =>
        Damaged(file, $"its checksum should be {Checksum:x8} and is {found:x8}");

    private Tensor? MapVerified(CheckpointFile file, ScalarType type)
    {
        int width = ElementType.Of(type).Width;
        Tensor? elements = file.Map(type, Start, Length / width);
        if (elements is null)
        {
            return null;
        }

        uint checksum = 0;
        for (long start = 0; start < Length / width; start += ChecksumPiece)
        {
            using Tensor piece = elements.narrow(0, start, Math.Min(ChecksumPiece, (Length / width) - start));
            checksum = Crc32.Append(checksum, piece.bytes);
        }

        if (checksum == Checksum)
        {
            return elements;
        }

        elements.Dispose();
        throw WrongChecksum(file, checksum);
    }
}
