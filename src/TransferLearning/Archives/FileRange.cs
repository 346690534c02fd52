using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>Reads of a part of an open file by its position; any number of threads may read at once.</summary>
internal static class FileRange
{
    /// <summary>Fills the buffer with the bytes at a position. The system may give fewer at once; this asks until all are there.</summary>
    /// <returns>How many bytes were read: fewer than the buffer holds only where the file ends.</returns>
    public static int Read(SafeFileHandle file, Span<byte> buffer, long position)
    {
        int read = 0;
        while (read < buffer.Length && RandomAccess.Read(file, buffer[read..], position + read) is > 0 and int count)
        {
            read += count;
        }

        return read;
    }
}
