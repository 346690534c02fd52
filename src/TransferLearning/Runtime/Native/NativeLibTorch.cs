using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>
/// The native libraries of LibTorch and TorchSharp: loads them, on systems with an older libstdc++ too, and finds their functions.
/// </summary>
internal static partial class NativeLibTorch
{
    private const string OptionalVersion = "GLIBCXX_3.4.32";
    private const string Binding = "libLibTorchSharp.so";
    private const uint CloseOnExec = 1; // MFD_CLOEXEC of linux/memfd.h

    /// <summary>The folder of LibTorch's own libraries, once it is loaded by <see cref="Load"/>.</summary>
    public static string? Folder { get; private set; }

    /// <summary>Whether TorchSharp's native library had to be adapted to an older libstdc++.</summary>
    public static bool BindingWasAdapted { get; private set; }

    /// <summary>Loads both libraries where TorchSharp cannot be left to it; it then finds them loaded.</summary>
    /// <exception cref="LibTorchLoadException">They are missing or cannot be loaded.</exception>
    public static void Load()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string? torchFolder = SearchFolders().FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libtorch.so")));
        string? bindingFolder = SearchFolders().FirstOrDefault(folder => File.Exists(Path.Combine(folder, Binding)));
        if (torchFolder is null || bindingFolder is null)
        {
            throw new LibTorchLoadException(
                $"LibTorch was not found: {(torchFolder is null ? "libtorch.so" : Binding)} is in none of "
                + $"{string.Join(", ", SearchFolders())}. Reference the package TorchSharp-cpu (or a TorchSharp-cuda-* package) in the "
                + "application.");
        }

        Folder = torchFolder;
        try
        {
            NativeLibrary.Load(Path.Combine(torchFolder, "libtorch.so"));
            BindingWasAdapted = LoadBinding(Path.Combine(bindingFolder, Binding));
        }
        catch (DllNotFoundException exception)
        {
            throw new LibTorchLoadException(
                $"LibTorch in {torchFolder} cannot be loaded: {exception.Message} Install what the message names (on Debian and Ubuntu the "
                    + "packages libstdc++6 and libgomp1), or use a system with glibc 2.28 and libstdc++ 3.4.26 or newer.", exception);
        }
    }

    /// <summary>
    /// A function of LibTorch that TorchSharp does not wrap, by the name that GCC and Clang give it; 0 where it is not exported.
    /// </summary>
    public static nint Export(string symbol)
    {
        bool isLoaded = Folder is null
            ? NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out nint library)
            : NativeLibrary.TryLoad(Path.Combine(Folder, "libtorch_cpu.so"), out library);
        return isLoaded && NativeLibrary.TryGetExport(library, symbol, out nint address) ? address : 0;
    }

    /// <summary>Loads TorchSharp's native library, as it is where that works.</summary>
    /// <returns>Whether a copy had to be adapted to an older libstdc++.</returns>
    public static bool LoadBinding(string binding)
    {
        try
        {
            NativeLibrary.Load(binding);
            return false;
        }
        catch (DllNotFoundException exception) when (exception.Message.Contains(OptionalVersion, StringComparison.Ordinal))
        {
            LoadWithoutVersion(binding, exception);
            return true;
        }
    }

    /// <summary>
    /// The library with its need of a newer libstdc++ marked as weak: no symbol of that version is used, only its name is listed.
    /// </summary>
    public static byte[] WithoutVersion(byte[] library)
        => ElfVersionNeeds.Weaken(library, OptionalVersion) > 0
            ? library
            : throw new InvalidDataException($"it lists no need of {OptionalVersion}");

    /// <summary>Loads a library from a file that has no name and is nowhere but in memory, so that no folder has to take it.</summary>
    public static void LoadFromMemory(byte[] library, string name)
    {
        int descriptor = MemoryFile(name, CloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"the system makes no file in memory (error {Marshal.GetLastPInvokeError()})");
        }

        using SafeFileHandle file = new(descriptor, ownsHandle: true);
        RandomAccess.Write(file, library, 0);
        NativeLibrary.Load($"/proc/self/fd/{descriptor}");
    }

    /// <summary>The same from a folder for temporary files.</summary>
    public static void LoadFromFolder(byte[] library, string name)
    {
        string folder = Directory.CreateTempSubdirectory("transferlearning-").FullName; // readable by this user alone
        try
        {
            string copy = Path.Combine(folder, name);
            File.WriteAllBytes(copy, library);
            NativeLibrary.Load(copy);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Loads an adapted copy of TorchSharp's native library. TorchSharp then finds the loaded copy by its SONAME.</summary>
    private static void LoadWithoutVersion(string binding, Exception cause)
    {
        string problem = "";
        foreach (Action<byte[], string> load in (Action<byte[], string>[])[LoadFromMemory, LoadFromFolder])
        {
            try
            {
                load(WithoutVersion(File.ReadAllBytes(binding)), Path.GetFileName(binding));
                return;
            }
            catch (Exception exception)
                when (exception is InvalidDataException or OverflowException or DllNotFoundException or EntryPointNotFoundException
                    or IOException
                    or UnauthorizedAccessException)
            {
                problem += (problem.Length > 0 ? "; " : "") + exception.Message;
            }
        }

        throw new LibTorchLoadException(
            $"{binding} asks for {OptionalVersion}, which this system's libstdc++ lacks, and an adapted copy could be loaded neither from "
                + $"memory nor from the folder for temporary files '{Path.GetTempPath()}' ({problem}). Install libstdc++ of GCC 13.2 or "
                + "newer, or set TMPDIR to a folder that can be written to and whose files may be executed.", cause);
    }

    private static IEnumerable<string> SearchFolders()
    {
        string runtime = Path.Combine(
            "runtimes", RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64", "native");
        string?[] roots = [AppContext.BaseDirectory, Path.GetDirectoryName(typeof(NativeLibTorch).Assembly.Location)];
        IEnumerable<string> native = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator);
        return roots.Where(root => !string.IsNullOrEmpty(root)).SelectMany(root => new[] { root!, Path.Combine(root!, runtime) })
            .Concat(native.Where(folder => folder.Length > 0)).Distinct();
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MemoryFile(string name, uint flags);
}
