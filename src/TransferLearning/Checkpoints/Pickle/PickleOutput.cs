namespace TransferLearning;

/// <summary>Writes a pickle of protocol 2.</summary>
internal sealed class PickleOutput : IDisposable
{
    private const byte ProtocolNumber = 2;

    private readonly MemoryStream _stream = new();
    private readonly BinaryWriter _writer;

    public PickleOutput()
    {
        _writer = new BinaryWriter(_stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        Write(PickleOpcode.Protocol);
        _writer.Write(ProtocolNumber);
    }

    public void Write(PickleOpcode opcode) => _writer.Write((byte)opcode);

    public void Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Write(PickleOpcode.BinaryText);
        _writer.Write(bytes.Length);
        _writer.Write(bytes);
    }

    public void Global(string module, string name)
    {
        Write(PickleOpcode.Global);
        _writer.Write(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));
    }

    public void Integer(long number)
    {
        if (number is >= 0 and <= byte.MaxValue)
        {
            Write(PickleOpcode.BinaryInt1);
            _writer.Write((byte)number);
        }
        else if (number is >= int.MinValue and <= int.MaxValue)
        {
            Write(PickleOpcode.BinaryInt);
            _writer.Write((int)number);
        }
        else
        {
            byte[] bytes = new BigInteger(number).ToByteArray();
            Write(PickleOpcode.Long1);
            _writer.Write((byte)bytes.Length);
            _writer.Write(bytes);
        }
    }

    public void Integers(IReadOnlyList<long> numbers)
    {
        Write(PickleOpcode.Mark);
        foreach (long number in numbers)
        {
            Integer(number);
        }

        Write(PickleOpcode.Tuple);
    }

    public void EmptyOrderedDictionary()
    {
        Global("collections", "OrderedDict");
        Write(PickleOpcode.EmptyTuple);
        Write(PickleOpcode.Reduce);
    }

    /// <summary>Ends the pickle and returns its bytes.</summary>
    public byte[] Finish()
    {
        Write(PickleOpcode.Stop);
        _writer.Flush();
        return _stream.ToArray();
    }

    public void Dispose() => _writer.Dispose();
}
