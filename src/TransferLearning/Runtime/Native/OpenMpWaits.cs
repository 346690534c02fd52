namespace TransferLearning;

/// <summary>How long a thread of OpenMP, on which LibTorch computes, waits for the others before it sleeps.</summary>
/// <remarks>GCC's OpenMP has it turn 300,000 times, some milliseconds. Where another program needs the core, that is time in which the
/// thread that is waited for does not run: a training step was many times as long. And each change of the process's memory map waits for
/// every core on which one of its threads turns, of which the first pass through a network, whose code is being made, has
/// hundreds.</remarks>
internal static partial class OpenMpWaits
{
    /// <summary>The environment variable of GCC's OpenMP.</summary>
    public const string Variable = "GOMP_SPINCOUNT";

    /// <summary>The turns: a fraction of a millisecond, longer than operations of a network are apart.</summary>
    public const string Turns = "10000";

    private const string Policy = "OMP_WAIT_POLICY";

    /// <summary>Sets the turns for the libraries that are loaded from now on, unless the environment says how to wait. Does nothing where
    /// LibTorch brings another OpenMP.</summary>
    public static void Shorten()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(Policy) is null)
        {
            try
            {
                // What .NET sets in its own environment does not reach native code.
                _ = SetVariable(Variable, Turns, overwrite: 0);
            }
            catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
            {
                // OpenMP waits as it does by itself.
            }
        }
    }

    /// <summary>What native code finds in the environment, or null.</summary>
    internal static string? Found() => Marshal.PtrToStringUTF8(GetVariable(Variable));

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint GetVariable(string name);
}
