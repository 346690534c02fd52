using System.Runtime.InteropServices;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>The numbers of a contiguous float32 tensor, in place.</summary>
internal static class NativeFloats
{
    public static Span<float> Of(torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
