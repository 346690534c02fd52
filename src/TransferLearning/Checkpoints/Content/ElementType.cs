namespace TransferLearning;

/// <summary>What each checkpoint form calls the element types that a tensor can have here.</summary>
internal sealed record ElementType(ScalarType Type, int Width, string StorageClass, string? SafeTensorsName)
{
    private static readonly ElementType[] All =
    [
        new(ScalarType.Float16, 2, "HalfStorage", "F16"),
        new(ScalarType.BFloat16, 2, "BFloat16Storage", "BF16"),
        new(ScalarType.Float32, 4, "FloatStorage", "F32"),
        new(ScalarType.Float64, 8, "DoubleStorage", "F64"),
        new(ScalarType.Int8, 1, "CharStorage", "I8"),
        new(ScalarType.Int16, 2, "ShortStorage", "I16"),
        new(ScalarType.Int32, 4, "IntStorage", "I32"),
        new(ScalarType.Int64, 8, "LongStorage", "I64"),
        new(ScalarType.Byte, 1, "ByteStorage", "U8"),
        new(ScalarType.Bool, 1, "BoolStorage", "BOOL"),
        new(ScalarType.ComplexFloat32, 8, "ComplexFloatStorage", "C64"),
        new(ScalarType.ComplexFloat64, 16, "ComplexDoubleStorage", null),
    ];

    public static ElementType? FromStorageClass(string name) => Array.Find(All, type => type.StorageClass == name);
    public static ElementType? FromSafeTensors(string name) => Array.Find(All, type => type.SafeTensorsName == name);
    public static ElementType? Find(ScalarType type) => Array.Find(All, element => element.Type == type);

    public static ElementType Of(ScalarType type) =>
        Find(type) ?? throw new NotSupportedException($"Tensors of type {type} cannot be read or written. Convert the tensor first.");
}
