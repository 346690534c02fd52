using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>What a service holds after so many requests, after a collection: of the process, of .NET's heap, of glibc's, of LibTorch.</summary>
internal sealed partial record ServedMemory(
    int Requests, long ResidentBytes, long HeapBytes, long CommittedBytes, long NativeBytes, long NativeArenaBytes, long Tensors,
    int Threads)
{
    public static ServedMemory Now(int requests)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        MallInfo native = OperatingSystem.IsLinux() ? MallInfo2() : default;
        return new ServedMemory(
            requests, Environment.WorkingSet, GC.GetTotalMemory(false), GC.GetGCMemoryInfo().TotalCommittedBytes,
            (long)(native.InUse + native.Mapped), (long)native.Arena, Tensor.TotalCount, System.Diagnostics.Process.GetCurrentProcess().Threads.Count);
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
