namespace TransferLearning.Keras;

/// <summary>The binary files of one group, read as one run of bytes.</summary>
internal sealed class TensorFlowJsShards
{
    private readonly List<(long Start, CheckpointFile File)> _shards = [];

    public TensorFlowJsShards(IEnumerable<CheckpointFile> files)
    {
        foreach (CheckpointFile file in files)
        {
            _shards.Add((Length, file));
            Length = checked(Length + file.Length);
        }
    }

    /// <summary>The bytes of all files.</summary>
    public long Length { get; }

    /// <summary>Fills the buffer with the bytes at a position; they lie inside <see cref="Length"/>.</summary>
    public void Read(long position, Span<byte> destination)
    {
        foreach ((long start, CheckpointFile file) in _shards)
        {
            long offset = position - start;
            if (destination.Length > 0 && offset >= 0 && offset < file.Length)
            {
                int count = (int)Math.Min(destination.Length, file.Length - offset);
                file.Read(offset, destination[..count]);
                destination = destination[count..];
                position += count;
            }
        }
    }
}
