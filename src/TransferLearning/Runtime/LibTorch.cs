using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace TransferLearning;

/// <summary>Loads LibTorch, the native half of TorchSharp, and sets it up, the allocator of the process included. This happens by itself
/// when this library first needs it (a model is made or loaded, tensors are read or collated), never because the assembly was loaded. A
/// program that calls TorchSharp before that calls <see cref="Load"/> first.</summary>
public static class LibTorch
{
    private static readonly Lock Gate = new();
    private static readonly Lock LibraryGate = new();
    private static readonly List<string> Notes = [];
    private static volatile bool _isLoaded;
    private static bool _libraryIsLoaded;
    private static bool _allocatorIsTuned;

    /// <summary>Whether this machine hides its cache sizes, so that LibTorch's oneDNN cannot be trusted (see
    /// <see cref="OneDnnMode"/>).</summary>
    public static bool OneDnnFault { get; } = OneDnnCaches.AreHidden();

    /// <summary>
    /// Whether LibTorch has been loaded and set up, by <see cref="Load"/> or by the first work of this library that needs it.
    /// </summary>
    public static bool IsLoaded => _isLoaded;

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

    /// <summary>How many tensors the calling thread has made inside dispose scopes or holds undisposed. Equal numbers before and after a
    /// piece of work mean that it left nothing behind. Counts of different threads are apart.</summary>
    public static long LiveTensorCount => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    /// <summary>Loads LibTorch and applies the default <see cref="RuntimeOptions"/>. Does nothing the second time.</summary>
    /// <exception cref="LibTorchLoadException">It cannot be loaded; the message says what to install.</exception>
    public static void Load()
    {
        if (IsLoaded)
        {
            return;
        }

        lock (Gate)
        {
            if (!IsLoaded)
            {
                RuntimeOptions options = new()
                {
                    TuneAllocator = Environment.GetEnvironmentVariable("TRANSFERLEARNING_ALLOCATOR") != "system",
                };
                SetUpAllocator(options); // before the library, which takes 50 MB in small blocks
                LoadOnce();
                Apply(options);
                _isLoaded = true;
            }
        }
    }

    /// <summary>Loads it, which takes a fifth of a second, while another thread does something else: opens a file.</summary>
    /// <remarks>It is loaded by the calling thread, which is the process's first in most programs: for any other glibc asks the system
    /// twelve thousand times for a page more. What goes wrong is said by the <see cref="Load"/> of whoever needs LibTorch.</remarks>
    internal static T LoadDuring<T>(Func<T> work)
    {
        if (IsLoaded)
        {
            return work();
        }

        Task<T> working = Task.Run(work);
        try
        {
            Load();
        }
        catch (LibTorchLoadException)
        {
            // Not this work's failure.
        }

        return working.GetAwaiter().GetResult();
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
            SetUpAllocator(options);
            Apply(options);
        }
    }

    /// <summary>Loads LibTorch and says what was found: versions, which of TorchSharp's known faults this machine has, and the
    /// GPUs.</summary>
    /// <exception cref="LibTorchLoadException">It cannot be loaded; the message says what to install.</exception>
    public static RuntimeReport Describe()
    {
        Load();
        int gpus = CudaRequirements.Count();
        return new RuntimeReport(
            typeof(torch).Assembly.GetName().Version!.ToString(3),
            NativeLibTorch.Folder,
            NativeLibTorch.BindingWasAdapted,
            _allocatorIsTuned,
            OneDnnFault,
            OneDnnIsOn,
            torch.get_num_threads(),
            ProcessorName.Value,
            Autocast.ProcessorHasBFloat16,
            gpus,
            gpus == 0 ? CudaRequirements.Missing(0) : null);
    }

    /// <summary>Hands memory that is free, but kept for speed, back to the system (glibc only).</summary>
    public static void TrimMemory() => GlibcAllocator.Trim();

    // CA2255: TorchSharp's own static constructor fails on systems with an older libstdc++ unless its library is there already. This only
    // waits for that failure; nothing is loaded, and nothing of the process is changed, before LibTorch is used.
#pragma warning disable CA2255
    [ModuleInitializer]
    internal static void ServeTheFirstUse() => AssemblyLoadContext.Default.ResolvingUnmanagedDll += static (assembly, name) =>
    {
        if (assembly != typeof(torch).Assembly || !name.Contains("LibTorchSharp", StringComparison.Ordinal))
        {
            return 0;
        }

        LoadOnce();
        return NativeLibrary.TryLoad("libLibTorchSharp.so", out nint library) ? library : 0;
    };
#pragma warning restore CA2255

    // A lock of its own: TorchSharp's static constructor may wait for this while another thread, inside Load, waits for that constructor.
    private static void LoadOnce()
    {
        lock (LibraryGate)
        {
            if (!_libraryIsLoaded)
            {
                OpenMpWaits.Shorten(); // OpenMP reads it once, when it is loaded
                NativeLibTorch.Load();
                _libraryIsLoaded = true;
            }
        }
    }

    private static void SetUpAllocator(RuntimeOptions options)
    {
        bool isSet = options.TuneAllocator ? GlibcAllocator.Keep() : GlibcAllocator.Restore();
        _allocatorIsTuned = options.TuneAllocator && isSet;
    }

    private static void Apply(RuntimeOptions options)
    {
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
                Notes.Add("This virtual machine hides the CPU's cache sizes, with which LibTorch's oneDNN ends the process or "
                    + "returns wrong numbers; it is switched off, and convolutions take about twice as long. Have the host pass CPUID leaf "
                    + "0x8000001D through, or try LibTorch.Configure(new RuntimeOptions { OneDnn = OneDnnMode.Repaired }).");
            }
        }
    }

    private static bool RepairOneDnn()
    {
        string library = Path.Combine(NativeLibTorch.Folder ?? "", "libtorch_cpu.so");
        bool repaired = OneDnnCaches.Repair(library) && OneDnnCaches.SelfTest();
        Notes.Add(repaired
            ? "oneDNN's record of the hidden cache sizes was cleared, and the self-test agrees."
            : "oneDNN's record could not be repaired: this is not the known build of LibTorch, or its fields do not read as expected.");
        return repaired;
    }

    private static unsafe bool SwitchOneDnn(bool on)
    {
        // TorchSharp has no such setting; these are the two functions behind Python's torch.backends.mkldnn.enabled.
        nint context = NativeLibTorch.Export("_ZN2at13globalContextEv");
        nint set = NativeLibTorch.Export("_ZN2at7Context20setUserEnabledMkldnnEb");
        if (context != 0 && set != 0)
        {
            ((delegate* unmanaged<void*, byte, void>)set)(((delegate* unmanaged<void*>)context)(), on ? (byte)1 : (byte)0);
            return true;
        }

        Notes.Add("oneDNN could not be switched: this build of LibTorch does not export the setting.");
        return false;
    }
}
