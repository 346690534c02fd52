using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>One file of CIFAR-10 records, on disk or in memory. May be read by several threads at once.</summary>
internal sealed class CifarFile : IDisposable
{
    public const int RecordBytes = 3073;
    private const int RecordsAtOnce = 256;
    private const int Classes = 10;

    private readonly SafeFileHandle? _handle;
    private readonly byte[] _bytes = [];
    private readonly string _location;

    /// <summary>Opens a file on disk.</summary>
    public CifarFile(string path)
    {
        Name = Path.GetFileName(path);
        _location = $"'{path}'";
        try
        {
            _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            Labels = ReadLabels(RandomAccess.GetLength(_handle));
        }
        catch (Exception exception)
        {
            _handle?.Dispose();
            if (exception is UnauthorizedAccessException or IOException and not DatasetException)
            {
                throw new DatasetException($"{_location} cannot be read: {exception.Message}", exception);
            }

            throw;
        }
    }

    /// <summary>Takes a file that is in memory.</summary>
    public CifarFile(string archive, string name, byte[] bytes)
    {
        Name = name;
        _location = $"'{archive}', file '{name}',";
        _bytes = bytes;
        Labels = ReadLabels(bytes.Length);
    }

    public string Name { get; }
    public byte[] Labels { get; }

    /// <summary>Copies the three planes of one image.</summary>
    public void ReadImage(int record, Span<byte> planes) => Read(planes, ((long)record * RecordBytes) + 1);

    public void Dispose() => _handle?.Dispose();

    private byte[] ReadLabels(long length)
    {
        if (length == 0 || length % RecordBytes != 0 || length / RecordBytes > Array.MaxLength)
        {
            throw new DatasetException(
                $"{_location} has {length} bytes; expected a multiple of {RecordBytes} (as published: {10000 * RecordBytes}). " +
                "Copy or download it again, and take the binary version of CIFAR-10.");
        }

        byte[] labels = new byte[length / RecordBytes];
        byte[] chunk = new byte[RecordsAtOnce * RecordBytes];
        for (int first = 0; first < labels.Length; first += RecordsAtOnce)
        {
            int count = Math.Min(RecordsAtOnce, labels.Length - first);
            Read(chunk.AsSpan(0, count * RecordBytes), (long)first * RecordBytes);
            for (int i = 0; i < count; i++)
            {
                byte label = chunk[i * RecordBytes];
                labels[first + i] = label < Classes ? label : throw new DatasetException(
                    $"{_location} holds the label {label} in record {first + i}; expected 0 to {Classes - 1}. " +
                    "It is damaged, or no CIFAR-10 file.");
            }
        }

        return labels;
    }

    private void Read(Span<byte> destination, long offset)
    {
        if (_handle is null)
        {
            _bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return;
        }

        if (FileRange.Read(_handle, destination, offset) < destination.Length)
        {
            throw new DatasetException($"{_location} became shorter while it was read.");
        }
    }
}
