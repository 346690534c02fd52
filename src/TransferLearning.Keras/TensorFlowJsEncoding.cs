using System.Buffers.Binary;

namespace TransferLearning.Keras;

/// <summary>How the numbers of one array stand in the shards.</summary>
/// <param name="Kind">The stored type: <c>float32</c>, or what it was quantised to.</param>
/// <param name="Scale">The step of the integers.</param>
/// <param name="Minimum">The value of the integer 0.</param>
internal readonly record struct TensorFlowJsEncoding(string Kind, double Scale = 1, double Minimum = 0)
{
    /// <summary>The bytes of one element; 0 for a type that has no fixed width or is unknown.</summary>
    public int Width => Kind switch
    {
        "uint8" or "bool" => 1,
        "uint16" or "float16" => 2,
        "float32" or "int32" => 4,
        "complex64" => 8,
        _ => 0,
    };

    /// <summary>Turns stored bytes into numbers as TensorFlow.js does: the arithmetic in 64 bits, the result in 32.</summary>
    public void Decode(ReadOnlySpan<byte> stored, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Kind switch
            {
                "uint8" => (float)((stored[i] * Scale) + Minimum),
                "uint16" => (float)((BinaryPrimitives.ReadUInt16LittleEndian(stored[(2 * i)..]) * Scale) + Minimum),
                "float16" => (float)BinaryPrimitives.ReadHalfLittleEndian(stored[(2 * i)..]),
                "int32" => BinaryPrimitives.ReadInt32LittleEndian(stored[(4 * i)..]),
                _ => BinaryPrimitives.ReadSingleLittleEndian(stored[(4 * i)..]),
            };
        }
    }
}
