using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>The few settings of glibc's <c>malloc</c> that decide how fast a network's large blocks come back.</summary>
internal static partial class GlibcAllocator
{
    // The numbers of malloc.h.
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;
    private const int DefaultThreshold = 128 * 1024;

    // Of madvise; and how much is taken at once: less than what is mapped apart, and in all less than what is trimmed.
    private const int UseHugePages = 14;
    private const nuint Page = 4096;
    private const long LargestBlock = 512 << 20;
    private const long MostReserved = 3 * LargestBlock;
    private static bool _isKept;

    /// <summary>Keeps freed memory in the process: one arena, no mapping of large blocks, no trimming.</summary>
    /// <returns>False where there is no glibc.</returns>
    public static bool Keep() => _isKept = Set(arenas: 1, mmap: 1 << 30, trim: int.MaxValue, pad: 64 << 20);

    /// <summary>Goes back to glibc's own defaults.</summary>
    /// <returns>False where there is no glibc.</returns>
    public static bool Restore()
    {
        _isKept = false;
        return Set(arenas: 0, mmap: DefaultThreshold, trim: DefaultThreshold, pad: DefaultThreshold);
    }

    /// <summary>
    /// Has address space ready for blocks that will soon be taken, and asks Linux for pages of 2 MB there: one fault then takes the place of
    /// 512, which on virtual machines is most of the time it takes to fill memory for the first time. It must happen before the
    /// blocks are taken, because a large page comes only where no small one is. No memory is used until it is written.
    /// </summary>
    /// <param name="bytes">How much will be taken; more than 1.5 GiB counts as that.</param>
    public static unsafe void Reserve(long bytes)
    {
        if (!_isKept)
        {
            return;
        }

        List<nint> blocks = [];
        for (long left = Math.Min(bytes, MostReserved); left > 0; left -= LargestBlock)
        {
            nuint length = (nuint)Math.Min(left, LargestBlock);
            byte* block = TryTake(length);
            if (block is null)
            {
                break; // a limit on address space; networks may still fit
            }

            blocks.Add((nint)block);
            nuint first = (nuint)block / Page * Page;

            // Advice and no more: a kernel without huge pages refuses it.
            _ = MAdvise((void*)first, ((nuint)block + length - first) / Page * Page, UseHugePages);
        }

        blocks.ForEach(block => NativeMemory.Free((void*)block));
    }

    /// <summary>Hands memory that is free back to the system.</summary>
    public static void Trim()
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                _ = MallocTrim(0);
            }
            catch (EntryPointNotFoundException)
            {
                // musl has no such call and needs none.
            }
        }
    }

    private static unsafe byte* TryTake(nuint length)
    {
        try
        {
            return (byte*)NativeMemory.Alloc(length);
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    private static bool Set(int arenas, int mmap, int trim, int pad)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            return (MallOpt(ArenaMax, arenas) & MallOpt(MmapThreshold, mmap) & MallOpt(TrimThreshold, trim) & MallOpt(TopPad, pad)) == 1;
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallOpt(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int MAdvise(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallocTrim(nuint pad);
}
