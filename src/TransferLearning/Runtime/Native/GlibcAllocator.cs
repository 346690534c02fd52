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

    /// <summary>Keeps freed memory in the process: one arena, no mapping of large blocks, no trimming.</summary>
    /// <returns>False where there is no glibc.</returns>
    public static bool Keep() => Set(arenas: 1, mmap: 1 << 30, trim: int.MaxValue, pad: 64 << 20);

    /// <summary>Goes back to glibc's own defaults.</summary>
    /// <returns>False where there is no glibc.</returns>
    public static bool Restore() => Set(arenas: 0, mmap: DefaultThreshold, trim: DefaultThreshold, pad: DefaultThreshold);

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

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallocTrim(nuint pad);
}
