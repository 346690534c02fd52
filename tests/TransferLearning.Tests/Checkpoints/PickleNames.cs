using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>What Python calls the element types.</summary>
internal static class PickleNames
{
    public static string Dtype(ScalarType type) => type switch
    {
        ScalarType.Byte => "uint8",
        ScalarType.ComplexFloat32 => "complex64",
        ScalarType.ComplexFloat64 => "complex128",
        _ => type.ToString().ToLowerInvariant(),
    };
}
