using System.Runtime.InteropServices;

namespace TransferLearning.Tests;

/// <summary>What native code has allocated and not freed, as glibc counts it.</summary>
internal static partial class NativeHeap
{
    public static long BytesInUse()
    {
        Counts counts = mallinfo2();
        return (long)counts.InUse + (long)counts.Mapped;
    }

    [LibraryImport("libc")]
    private static partial Counts mallinfo2();

    [StructLayout(LayoutKind.Sequential)]
    private struct Counts
    {
        public nuint Arena;
        public nuint FreeBlocks;
        public nuint FastBlocks;
        public nuint MappedBlocks;
        public nuint Mapped;
        public nuint HighWater;
        public nuint FastBytes;
        public nuint InUse;
        public nuint Free;
        public nuint Releasable;
    }
}
