using System.Runtime.InteropServices;
using System.Text.Json;

namespace TransferLearning;

/// <summary>
/// What a metric has measured, on its way to another process. A metric names its fields once, in <see cref="TaskMetric.Share"/>: there they
/// are written, and in the other process the same calls add what was written to its own.
/// </summary>
public sealed class MetricState
{
    private readonly BinaryWriter? _writer;
    private readonly BinaryReader? _reader;

    private MetricState(BinaryWriter? writer, BinaryReader? reader) => (_writer, _reader) = (writer, reader);

    /// <summary>Adds a number.</summary>
    public void Sum(ref long value) => value += Other(value);

    /// <inheritdoc cref="Sum(ref long)"/>
    public void Sum(ref double value) => value += Other(value);

    /// <summary>Adds numbers place by place.</summary>
    public void Sum(long[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        for (int i = 0; i < values.Length; i++)
        {
            Sum(ref values[i]);
        }
    }

    /// <inheritdoc cref="Sum(long[])"/>
    public void Sum(double[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        for (int i = 0; i < values.Length; i++)
        {
            Sum(ref values[i]);
        }
    }

    /// <summary>Appends a list of plain numbers.</summary>
    public void Append<T>(List<T> values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        if (_writer is not null)
        {
            _writer.Write(values.Count);
            _writer.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(values)));
        }
        else
        {
            T[] others = new T[_reader!.ReadInt32()];
            _reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(others.AsSpan()));
            values.AddRange(others);
        }
    }

    /// <summary>Exchanges anything that JSON can hold: the other's value, or null where the state is being written.</summary>
    public T? OtherRecord<T>(T own)
        where T : class
    {
        if (_writer is null)
        {
            return JsonSerializer.Deserialize<T>(_reader!.ReadString());
        }

        _writer.Write(JsonSerializer.Serialize(own));
        return null;
    }

    /// <summary>A state that is thrown away: to see whether a metric can be shared.</summary>
    internal static MetricState Empty => new(new BinaryWriter(Stream.Null), null);

    /// <summary>The state that a metric names.</summary>
    internal static byte[] Of(Action<MetricState> share)
    {
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes);
        share(new MetricState(writer, null));
        return bytes.ToArray();
    }

    /// <summary>Adds a state that <see cref="Of"/> gave to a metric of the same kind.</summary>
    internal static void Merge(byte[] state, Action<MetricState> share)
    {
        using BinaryReader reader = new(new MemoryStream(state));
        share(new MetricState(null, reader));
    }

    private long Other(long own)
    {
        _writer?.Write(own);
        return _reader?.ReadInt64() ?? 0;
    }

    private double Other(double own)
    {
        _writer?.Write(own);
        return _reader?.ReadDouble() ?? 0;
    }
}
