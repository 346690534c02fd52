namespace TransferLearning;

/// <summary>Reads the fields of one protobuf message; every length is checked against the bytes that are there.</summary>
internal ref struct ProtobufReader
{
    private ReadOnlySpan<byte> _rest;

    public ProtobufReader(ReadOnlySpan<byte> message) => _rest = message;

    public int Field { get; private set; }

    /// <summary>The number of a varint field.</summary>
    public ulong Number { get; private set; }

    /// <summary>The bytes of any other field.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public readonly float Single => Bytes.Length == 4
        ? BinaryPrimitives.ReadSingleLittleEndian(Bytes)
        : throw new InvalidDataException("a number has another width than a float");

    public readonly bool Flag => Number != 0;

    /// <exception cref="InvalidDataException">The bytes are not a protobuf message.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        ulong tag = Varint();
        Field = (int)Math.Min(tag >> 3, int.MaxValue);
        Number = 0;
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Bytes = Take(8);
                break;
            case 2:
                Bytes = Take(Varint());
                break;
            case 5:
                Bytes = Take(4);
                break;
            default:
                throw new InvalidDataException($"a field has the wire type {tag & 7}");
        }

        return Field > 0 ? true : throw new InvalidDataException("a field has the number 0");
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int i = 0; i < 10 && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw new InvalidDataException("a number does not end");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            throw new InvalidDataException($"a field of {count} bytes is announced where {_rest.Length} are left");
        }

        ReadOnlySpan<byte> taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
