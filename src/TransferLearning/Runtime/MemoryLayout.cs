using System.Runtime.CompilerServices;

namespace TransferLearning;

/// <summary>How the numbers of a [N, C, H, W] tensor lie in memory.</summary>
/// <remarks>TorchSharp has no memory-format argument; permuting, copying and permuting back gives the same strides.</remarks>
internal static class MemoryLayout
{
    /// <summary>Whether the channels, of which there are several, come last in memory, and not by the map having one pixel alone.</summary>
    public static bool HasChannelsLast(Tensor tensor)
        => tensor.size(1) > 1 && tensor.stride(1) == 1 && tensor.size(2) * tensor.size(3) > 1;

    /// <summary>
    /// A tensor with the same numbers and the channels last in memory, which the CPU's convolutions read faster; the caller disposes it.
    /// </summary>
    public static Tensor WithChannelsLast(Tensor tensor)
    {
        using Tensor moved = tensor.permute(0, 2, 3, 1);
        using Tensor copied = moved.contiguous();
        return copied.permute(0, 3, 1, 2);
    }

    /// <summary>Where a tensor of the CPU begins whose numbers, at least one, lie in the plain order without gaps; good while the tensor is
    /// held.</summary>
    public static unsafe nint Start(Tensor tensor)
    {
        using Tensor all = tensor.view(-1), first = all.narrow(0, 0, 1); // bytes of all would be counted in 32 bits
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }
}
