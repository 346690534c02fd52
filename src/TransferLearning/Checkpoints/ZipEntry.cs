namespace TransferLearning;

/// <summary>One entry of a zip archive whose place has been checked.</summary>
internal sealed record ZipEntry(string Name, bool IsDeflated, uint Checksum, long Start, long CompressedLength, long Length)
{
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
        });
    }

    /// <summary>All bytes of a small entry.</summary>
    public byte[] ReadAll(CheckpointFile file, bool verify)
    {
        byte[] bytes = new byte[Length];
        using Stream stream = ToStorage(file, verify).OpenRead(0);
        stream.ReadExactly(bytes);
        return bytes;
    }
}
