using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace TransferLearning;

/// <summary>
/// Loads LibTorch, the native half of TorchSharp, and sets it up. This happens by itself before the library's first use;
/// a program that calls TorchSharp before any type of this library calls <see cref="Load"/> first.
/// </summary>
public static partial class LibTorch
{
    private const string OptionalVersion = "GLIBCXX_3.4.32";
    private static readonly Lock Gate = new();
    private static readonly List<string> Notes = [];
    private static bool _isLoaded;
    private static string? _folder;

    /// <summary>Whether this machine hides its cache sizes, so that LibTorch's oneDNN cannot be trusted (see <see cref="OneDnnMode"/>).</summary>
    public static bool OneDnnFault { get; } = OneDnnCaches.AreHidden();

    /// <summary>Whether oneDNN is on now.</summary>
    public static bool OneDnnIsOn { get; private set; } = true;

    /// <summary>What was found and done while loading, in sentences for a log; empty when nothing was out of the ordinary.</summary>
    public static IReadOnlyList<string> Diagnostics
    {
        get
        {
            lock (Gate)
            {
                return [.. Notes];
            }
        }
    }

    /// <summary>
    /// How many tensors the calling thread has made inside dispose scopes or holds undisposed. Equal numbers before and after
    /// a piece of work mean that it left nothing behind. Counts of different threads are apart.
    /// </summary>
    public static long LiveTensorCount => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    /// <summary>Loads LibTorch and applies the default <see cref="RuntimeOptions"/>. Does nothing the second time.</summary>
    /// <exception cref="LibTorchLoadException">It cannot be loaded; the message says what to install.</exception>
    public static void Load()
    {
        lock (Gate)
        {
            if (!_isLoaded)
            {
                if (OperatingSystem.IsLinux())
                {
                    LoadOnLinux();
                }

                _isLoaded = true;
                Apply(new RuntimeOptions { TuneAllocator = Environment.GetEnvironmentVariable("TRANSFERLEARNING_ALLOCATOR") != "system" });
            }
        }
    }

    /// <summary>Applies other settings than the default ones. Call it before the first tensor is made.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not positive.</exception>
    public static void Configure(RuntimeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Threads is { } threads)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads, nameof(options));
        }

        Load();
        lock (Gate)
        {
            Apply(options);
        }
    }

    /// <summary>Hands memory that is free, but kept for speed, back to the system (glibc only).</summary>
    public static void TrimMemory() => GlibcAllocator.Trim();

    // CA2255: the fault of the native library has to be healed before TorchSharp's own static constructor runs, and that
    // may happen at any first use of this assembly.
#pragma warning disable CA2255
    [ModuleInitializer]
    internal static void LoadWithTheAssembly()
    {
        try
        {
            Load();
        }
        catch (LibTorchLoadException exception)
        {
            // A module initializer that throws hides its message in a TypeInitializationException; whoever needs tensors
            // meets the same failure again through Load() with the message in the open. The rest works without LibTorch.
            Notes.Add(exception.Message);
        }
    }
#pragma warning restore CA2255

    private static void Apply(RuntimeOptions options)
    {
        _ = options.TuneAllocator ? GlibcAllocator.Keep() : GlibcAllocator.Restore();
        if (options.Threads is { } threads)
        {
            torch.set_num_threads(threads);
        }

        bool on = options.OneDnn switch
        {
            OneDnnMode.On => true,
            OneDnnMode.Off => false,
            OneDnnMode.Repaired => !OneDnnFault || RepairOneDnn(),
            _ => !OneDnnFault,
        };
        if (on != OneDnnIsOn)
        {
            OneDnnIsOn = SwitchOneDnn(on) ? on : OneDnnIsOn;
            if (!on && OneDnnFault)
            {
                Notes.Add("This virtual machine hides the processor's cache sizes, with which LibTorch's oneDNN ends the process or returns wrong "
                    + "numbers; it is switched off, and convolutions take about twice as long. Have the host pass CPUID leaf 0x8000001D through, or "
                    + "try LibTorch.Configure(new RuntimeOptions { OneDnn = OneDnnMode.Repaired }).");
            }
        }
    }

    private static bool RepairOneDnn()
    {
        string library = Path.Combine(_folder ?? "", "libtorch_cpu.so");
        bool repaired = OneDnnCaches.Repair(library) && OneDnnCaches.SelfTest();
        Notes.Add(repaired
            ? "oneDNN's record of the hidden cache sizes was cleared, and the self-test agrees."
            : "oneDNN's record could not be repaired: this is not the known build of LibTorch, or its fields do not read as expected.");
        return repaired;
    }

    private static unsafe bool SwitchOneDnn(bool on)
    {
        // TorchSharp has no such setting; these are the two functions behind Python's torch.backends.mkldnn.enabled.
        nint context = Export("_ZN2at13globalContextEv");
        nint set = Export("_ZN2at7Context20setUserEnabledMkldnnEb");
        if (context != 0 && set != 0)
        {
            ((delegate* unmanaged<void*, byte, void>)set)(((delegate* unmanaged<void*>)context)(), on ? (byte)1 : (byte)0);
            return true;
        }

        Notes.Add("oneDNN could not be switched: this build of LibTorch does not export the setting.");
        return false;
    }

    /// <summary>A function of LibTorch that TorchSharp does not wrap, by the name that GCC and Clang give it; 0 where it is not exported.</summary>
    internal static nint Export(string symbol)
    {
        bool isLoaded = _folder is null
            ? NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out nint library)
            : NativeLibrary.TryLoad(Path.Combine(_folder, "libtorch_cpu.so"), out library);
        return isLoaded && NativeLibrary.TryGetExport(library, symbol, out nint address) ? address : 0;
    }

    private static void LoadOnLinux()
    {
        string? torchFolder = SearchFolders().FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libtorch.so")));
        string? bindingFolder = SearchFolders().FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libLibTorchSharp.so")));
        if (torchFolder is null || bindingFolder is null)
        {
            throw new LibTorchLoadException(
                $"LibTorch was not found: {(torchFolder is null ? "libtorch.so" : "libLibTorchSharp.so")} is in none of "
                + $"{string.Join(", ", SearchFolders())}. Reference the package TorchSharp-cpu (or a TorchSharp-cuda-* package) in the application.");
        }

        _folder = torchFolder;
        try
        {
            NativeLibrary.Load(Path.Combine(torchFolder, "libtorch.so"));
            LoadBinding(Path.Combine(bindingFolder, "libLibTorchSharp.so"));
        }
        catch (DllNotFoundException exception)
        {
            throw new LibTorchLoadException(
                $"LibTorch in {torchFolder} cannot be loaded: {exception.Message} Install what the message names (on Debian and Ubuntu the packages "
                + "libstdc++6 and libgomp1), or use a system with glibc 2.28 and libstdc++ 3.4.26 or newer.", exception);
        }
    }

    /// <summary>Loads TorchSharp's native library, as it is where that works.</summary>
    /// <returns>Whether a copy had to be adapted to an older libstdc++.</returns>
    internal static bool LoadBinding(string binding)
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
    /// Loads a copy of TorchSharp's native library that does not insist on a newer libstdc++. No symbol of that version is
    /// used, only its name is listed, so marking the entry as weak loses nothing. TorchSharp then finds the loaded copy by
    /// its SONAME.
    /// </summary>
    private static void LoadWithoutVersion(string binding, Exception cause)
    {
        string folder = Directory.CreateTempSubdirectory("transferlearning-").FullName; // readable by this user alone
        try
        {
            string copy = Path.Combine(folder, Path.GetFileName(binding));
            File.WriteAllBytes(copy, WithoutVersion(File.ReadAllBytes(binding)));
            NativeLibrary.Load(copy);
        }
        catch (Exception exception) when (exception is InvalidDataException or OverflowException or DllNotFoundException or IOException)
        {
            throw new LibTorchLoadException(
                $"{binding} asks for {OptionalVersion}, which this system's libstdc++ lacks, and could not be adapted ({exception.Message}). "
                + "Install libstdc++ of GCC 13.2 or newer.", cause);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static byte[] WithoutVersion(byte[] library)
        => ElfVersionNeeds.Weaken(library, OptionalVersion) > 0 ? library : throw new InvalidDataException($"it lists no need of {OptionalVersion}");

    private static IEnumerable<string> SearchFolders()
    {
        string runtime = Path.Combine("runtimes", RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64", "native");
        string?[] roots = [AppContext.BaseDirectory, Path.GetDirectoryName(typeof(LibTorch).Assembly.Location)];
        IEnumerable<string> native = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator);
        return roots.Where(root => !string.IsNullOrEmpty(root)).SelectMany(root => new[] { root!, Path.Combine(root!, runtime) })
            .Concat(native.Where(folder => folder.Length > 0)).Distinct();
    }
}
