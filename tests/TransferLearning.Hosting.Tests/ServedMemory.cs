using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TransferLearning.Hosting.Tests;

/// <summary>What a service holds after so many requests and a collection.</summary>
/// <param name="Requests">How many.</param>
/// <param name="ResidentBytes">Of the process.</param>
/// <param name="HeapBytes">Of objects of .NET.</param>
/// <param name="CommittedBytes">Of the heap that these are on.</param>
/// <param name="NativeBytes">Allocated from glibc, where LibTorch's tensors are; 0 without it.</param>
/// <param name="Tensors">As TorchSharp counts them: each parameter of a network twice, of which its disposal takes away one.</param>
internal sealed partial record ServedMemory(
    int Requests, long ResidentBytes, long HeapBytes, long CommittedBytes, long NativeBytes, long Tensors)
{
    public static ServedMemory Now(int requests)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        MallInfo native = OperatingSystem.IsLinux() ? MallInfo2() : default;
        return new ServedMemory(
            requests, Environment.WorkingSet, GC.GetTotalMemory(false), GC.GetGCMemoryInfo().TotalCommittedBytes,
            (long)(native.InUse + native.Mapped), Tensor.TotalCount);
    }

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial MallInfo MallInfo2();

    /// <summary>The struct of malloc.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct MallInfo
    {
        public readonly nuint Arena, FreeBlocks, FastBlocks, MappedBlocks, Mapped, Highest, FastBytes, InUse, Free, Releasable;
    }
}
