using DataType = Onnx.TensorProto.Types.DataType;

namespace TransferLearning.Onnx;

/// <summary>The types of tensors in ONNX, by LibTorch's names.</summary>
internal static class OnnxTypes
{
    private static readonly Dictionary<string, DataType> ByName = new()
    {
        ["Float"] = DataType.Float,
        ["Double"] = DataType.Double,
        ["Long"] = DataType.Int64,
        ["Int"] = DataType.Int32,
        ["Bool"] = DataType.Bool,
        ["Byte"] = DataType.Uint8,
    };

    /// <summary>The type that LibTorch calls so.</summary>
    /// <exception cref="NotSupportedException">It is not used in files.</exception>
    public static DataType Of(string name)
        => ByName.TryGetValue(name, out DataType type)
            ? type
            : throw new NotSupportedException(
                $"Tensors of the type {name} cannot be exported; {string.Join(", ", ByName.Keys)} can. "
                    + "Convert the network to float32 first.");

    /// <summary>The type of a tensor.</summary>
    public static DataType Of(ScalarType type) => Of(type switch
    {
        ScalarType.Float32 => "Float",
        ScalarType.Float64 => "Double",
        ScalarType.Int64 => "Long",
        ScalarType.Int32 => "Int",
        _ => $"{type}",
    });

    /// <summary>How many bytes a number has.</summary>
    public static int SizeOf(DataType type) => type switch
    {
        DataType.Int64 or DataType.Double => 8,
        DataType.Float or DataType.Int32 => 4,
        _ => 1,
    };
}
