namespace TransferLearning;

/// <summary>The types of values in GGUF, under their numbers.</summary>
internal enum GgufValueType
{
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    Float32,
    Bool,
    Text,
    Array,
    UInt64,
    Int64,
    Float64,
}
