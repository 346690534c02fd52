namespace TransferLearning;

/// <summary>
/// An event file of TensorBoard: records of a length, a checksum of it, a protocol buffer <c>Event</c> and a checksum of that
/// (tensorflow/core/lib/io/record_writer.h; tensorflow/core/util/event.proto, summary.proto).
/// </summary>
internal sealed class EventFile : IDisposable
{
    private const int HeaderBytes = 12;
    private const int FooterBytes = 4;
    private const int LargestRecord = 1 << 20; // larger than any that is written here

    // Numbers of fields, and their wire types in the lowest three bits.
    private const byte WallTime = (1 << 3) | 1;
    private const byte StepNumber = 2 << 3;
    private const byte FileVersion = (3 << 3) | 2;
    private const byte Summary = (5 << 3) | 2;
    private const byte SessionLog = (7 << 3) | 2;
    private const byte SummaryValue = (1 << 3) | 2;
    private const byte Tag = (1 << 3) | 2;
    private const byte SimpleValue = (2 << 3) | 5;
    private const byte Status = 1 << 3;

    private readonly FileStream _file;
    private readonly TimeProvider _clock;

    /// <summary>Makes a file that is continued after so many steps.</summary>
    public EventFile(string path, long step, TimeProvider clock)
    {
        _clock = clock;
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        Write(Event(0, FileVersion, Encoding.UTF8.GetBytes("brain.Event:2")));
        if (step > 0)
        {
            Write(Event(step + 1, SessionLog, [Status, 1])); // START: TensorBoard forgets what it has seen from that step on
        }
    }

    /// <summary>Writes numbers of a step.</summary>
    public void Write(long step, IReadOnlyList<(string Tag, double Value)> scalars)
    {
        List<byte> summary = [];
        foreach ((string tag, double value) in scalars)
        {
            List<byte> one = [];
            AddBytes(one, Tag, Encoding.UTF8.GetBytes(tag));
            one.Add(SimpleValue);
            one.AddRange(BitConverter.GetBytes((float)value));
            AddBytes(summary, SummaryValue, [.. one]);
        }

        Write(Event(step, Summary, [.. summary]));
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Cuts a file off after the last whole record of a step, and deletes it where nothing is left.</summary>
    /// <returns>The tags that it has of that very step.</returns>
    public static HashSet<string> Cut(string path, long step)
    {
        HashSet<string> tags = [];
        long end = 0, summaries = 0;
        using (FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read))
        {
            while (Read(file) is { } record && Parse(record) is var (own, found) && own <= step)
            {
                end = file.Position;
                summaries += found.Count > 0 ? 1 : 0;
                tags.UnionWith(own == step ? found : []);
            }

            file.SetLength(end);
        }

        if (summaries == 0)
        {
            File.Delete(path);
        }

        return tags;
    }

    /// <summary>The next record of a file; null at its end, and where it is damaged.</summary>
    internal static byte[]? Read(Stream file)
    {
        byte[] header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes
            || BitConverter.ToUInt32(header, sizeof(ulong)) != Checksum(header.AsSpan(0, sizeof(ulong)))
            || BitConverter.ToUInt64(header) > LargestRecord)
        {
            return null;
        }

        byte[] record = new byte[BitConverter.ToInt32(header) + FooterBytes];
        return file.ReadAtLeast(record, record.Length, throwOnEndOfStream: false) == record.Length
            && BitConverter.ToUInt32(record, record.Length - FooterBytes) == Checksum(record.AsSpan(0, record.Length - FooterBytes))
                ? record[..^FooterBytes]
                : null;
    }

    /// <summary>CRC-32C, turned and shifted so that a checksum of data with checksums is a good one.</summary>
    internal static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return unchecked(BitOperations.RotateRight(~crc, 15) + 0xA282EAD8);
    }

    // In one piece, so that a killed program leaves whole records but for the last.
    private void Write(byte[] record)
    {
        byte[] length = BitConverter.GetBytes((ulong)record.Length);
        _file.Write(
            [.. length, .. BitConverter.GetBytes(Checksum(length)), .. record, .. BitConverter.GetBytes(Checksum(record))]);
    }

    private byte[] Event(long step, byte field, byte[] content)
    {
        List<byte> bytes = [WallTime];
        bytes.AddRange(BitConverter.GetBytes((_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds));
        bytes.Add(StepNumber);
        AddNumber(bytes, (ulong)step);
        AddBytes(bytes, field, content);
        return [.. bytes];
    }

    private static void AddBytes(List<byte> bytes, byte field, byte[] content)
    {
        bytes.Add(field);
        AddNumber(bytes, (ulong)content.Length);
        bytes.AddRange(content);
    }

    private static void AddNumber(List<byte> bytes, ulong number)
    {
        for (; number >= 128; number >>= 7)
        {
            bytes.Add((byte)(number | 128));
        }

        bytes.Add((byte)number);
    }

    // The step of an event and the tags of its summary; null for one that was not written here.
    private static (long Step, IReadOnlyList<string> Tags)? Parse(ReadOnlySpan<byte> record)
    {
        long step = 0;
        List<string> tags = [];
        while (record.Length > 0)
        {
            byte field = record[0];
            record = record[1..];
            if (field == WallTime && record.Length >= sizeof(double))
            {
                record = record[sizeof(double)..];
            }
            else if (field == StepNumber && TakeNumber(ref record) is { } number)
            {
                step = (long)number;
            }
            else if (field is FileVersion or SessionLog or Summary && TakeNumber(ref record) is { } length
                && length <= (ulong)record.Length)
            {
                ReadOnlySpan<byte> content = record[..(int)length];
                record = record[(int)length..];
                while (field == Summary && content.Length > 0)
                {
                    // A value begins with its tag.
                    content = content[1..];
                    if (TakeNumber(ref content) is not { } size || size > (ulong)content.Length || size < 2)
                    {
                        return null;
                    }

                    ReadOnlySpan<byte> value = content[1..(int)size];
                    content = content[(int)size..];
                    if (TakeNumber(ref value) is not { } letters || letters > (ulong)value.Length)
                    {
                        return null;
                    }

                    tags.Add(Encoding.UTF8.GetString(value[..(int)letters]));
                }
            }
            else
            {
                return null;
            }
        }

        return (step, tags);
    }

    private static ulong? TakeNumber(ref ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        for (int i = 0; i < Math.Min(bytes.Length, 10); i++)
        {
            number |= (ulong)(bytes[i] & 127) << (7 * i);
            if (bytes[i] < 128)
            {
                bytes = bytes[(i + 1)..];
                return number;
            }
        }

        return null;
    }
}
