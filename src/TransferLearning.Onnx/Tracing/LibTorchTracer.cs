using System.Diagnostics;

namespace TransferLearning.Onnx;

/// <summary>
/// LibTorch's own tracer, which Python's <c>torch.jit.trace</c> uses and TorchSharp does not wrap: it writes down which operator is run on
/// which tensors, whoever calls it. So a network is recorded as it runs, whatever it is made of.
/// </summary>
/// <remarks>
/// The seven functions are exported by LibTorch 2.10 on Linux, macOS and Windows under the names below. Beside their arguments three places in
/// memory are taken as known: a tensor's handle points at its implementation, the graph stands behind the two pointers with which a tracing
/// state begins, and a value's number behind three words. What is recorded is compared with the text of the graph, so a LibTorch where this is
/// not so is refused.
/// </remarks>
internal sealed unsafe class LibTorchTracer : IDisposable
{
    private const int SizeOfState = 4096; // about 200 bytes
    private const int OffsetOfGraph = 16;
    private const int OffsetOfNumber = 24;
    private const uint TensorTag = 1;

    private static readonly Lazy<Functions> Native = new(Functions.Find);

    private readonly Functions _native = Native.Value;
    private readonly byte* _state;

    /// <summary>Begins a recording; nothing is recorded before <see cref="Run"/>.</summary>
    /// <exception cref="NotSupportedException">This build of LibTorch does not export the functions.</exception>
    public LibTorchTracer()
    {
        _state = (byte*)NativeMemory.AllocZeroed(SizeOfState);
        _native.Construct(_state);
    }

    /// <summary>Says that a tensor is given from outside, such as an input or a weight.</summary>
    /// <param name="tensor">The tensor; it stays the caller's.</param>
    /// <returns>The number of its value in the recording.</returns>
    public long Declare(Tensor tensor)
    {
        // One that learns cannot stand in a graph; another view of its memory can.
        using Tensor view = tensor.detach();
        Value boxed = Box(view);
        void* value = _native.GetValue(_state, &boxed);
        Value own = Box(tensor);
        _native.SetValue(_state, &own, value);
        return NumberOf(value);
    }

    /// <summary>Records what this thread computes.</summary>
    /// <param name="forward">Computes tensors.</param>
    /// <returns>The numbers of their values, and the recording as LibTorch writes it.</returns>
    public (IReadOnlyList<long> Outputs, string Graph) Run(Func<IReadOnlyList<Tensor>> forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        long[] outputs;
        Use(_state);
        try
        {
            outputs = [.. forward().Select(Number)];
        }
        finally
        {
            Use(null);
        }

        return (outputs, Text());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _native.Destruct(_state);
        NativeMemory.Free(_state);
    }

    private static long NumberOf(void* value) => *(long*)((byte*)value + OffsetOfNumber);

    private static Value Box(Tensor tensor) => new() { Payload = *(nint*)tensor.Handle, Tag = TensorTag };

    private long Number(Tensor tensor)
    {
        Value boxed = Box(tensor);
        return NumberOf(_native.GetValue(_state, &boxed));
    }

    // A shared pointer that owns nothing.
    private void Use(byte* state)
    {
        void** pointer = stackalloc void*[2];
        pointer[0] = state;
        pointer[1] = null;
        _native.SetState(pointer);
    }

    private string Text()
    {
        NativeText text = _native.ToText(*(void**)(_state + OffsetOfGraph), 0);
        string graph = Marshal.PtrToStringUTF8((nint)text.Begin) ?? "";

        // Visual C++ keeps where a large block begins in the word before it.
        void* block = text.Begin;
        if (OperatingSystem.IsWindows() && text.CapacityOnWindows >= 4096)
        {
            block = ((void**)block)[-1];
        }

        NativeMemory.Free(block);
        return graph;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Value
    {
        public nint Payload;
        public uint Tag;
    }

    // std::string of any compiler; a graph is never so short that it stands in place.
    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct NativeText
    {
        public void* Begin;
        public nint Length;
        public nint Capacity;
        public nint CapacityOnWindows;
    }

    private sealed class Functions
    {
        public required delegate* unmanaged[MemberFunction]<byte*, void> Construct { get; init; }
        public required delegate* unmanaged[MemberFunction]<byte*, void> Destruct { get; init; }
        public required delegate* unmanaged[MemberFunction]<byte*, Value*, void*> GetValue { get; init; }
        public required delegate* unmanaged[MemberFunction]<byte*, Value*, void*, void> SetValue { get; init; }
        public required delegate* unmanaged<void**, void> SetState { get; init; }
        public required delegate* unmanaged[MemberFunction]<void*, byte, NativeText> ToText { get; init; }

        public static Functions Find()
        {
            nint library = Library();
            return new Functions
            {
                Construct = (delegate* unmanaged[MemberFunction]<byte*, void>)Export(
                    "_ZN5torch3jit6tracer12TracingStateC1Ev", "??0TracingState@tracer@jit@torch@@QEAA@XZ"),
                Destruct = (delegate* unmanaged[MemberFunction]<byte*, void>)Export(
                    "_ZN5torch3jit6tracer12TracingStateD1Ev", "??1TracingState@tracer@jit@torch@@QEAA@XZ"),
                GetValue = (delegate* unmanaged[MemberFunction]<byte*, Value*, void*>)Export(
                    "_ZN5torch3jit6tracer12TracingState8getValueERKN3c106IValueE",
                    "?getValue@TracingState@tracer@jit@torch@@QEAAPEAUValue@34@AEBUIValue@c10@@@Z"),
                SetValue = (delegate* unmanaged[MemberFunction]<byte*, Value*, void*, void>)Export(
                    "_ZN5torch3jit6tracer12TracingState8setValueERKN3c106IValueEPNS0_5ValueE",
                    "?setValue@TracingState@tracer@jit@torch@@QEAAXAEBUIValue@c10@@PEAUValue@34@@Z"),
                SetState = (delegate* unmanaged<void**, void>)Export(
                    OperatingSystem.IsMacOS()
                        ? "_ZN5torch3jit6tracer15setTracingStateENSt3__110shared_ptrINS1_12TracingStateEEE"
                        : "_ZN5torch3jit6tracer15setTracingStateESt10shared_ptrINS1_12TracingStateEE",
                    "?setTracingState@tracer@jit@torch@@YAXV?$shared_ptr@UTracingState@tracer@jit@torch@@@std@@@Z"),
                ToText = (delegate* unmanaged[MemberFunction]<void*, byte, NativeText>)Export(
                    OperatingSystem.IsMacOS() ? "_ZNK5torch3jit5Graph8toStringEb" : "_ZNK5torch3jit5Graph8toStringB5cxx11Eb",
                    "?toString@Graph@jit@torch@@QEBA?AV?$basic_string@DU?$char_traits@D@std@@V?$allocator@D@2@@std@@_N@Z"),
            };

            nint Export(string name, string nameOnWindows)
                => NativeLibrary.TryGetExport(library, OperatingSystem.IsWindows() ? nameOnWindows : name, out nint address)
                    ? address
                    : throw new NotSupportedException(
                        $"An ONNX file cannot be written with this build of LibTorch: it does not export {name}. TorchSharp 0.107's (LibTorch "
                            + "2.10) does.");
        }

        // The one that TorchSharp has loaded, wherever it found it.
        private static nint Library()
        {
            using Process process = Process.GetCurrentProcess();
            foreach (ProcessModule module in process.Modules)
            {
                if (Path.GetFileNameWithoutExtension(module.ModuleName) is "torch_cpu" or "libtorch_cpu")
                {
                    return NativeLibrary.Load(module.FileName);
                }
            }

            throw new NotSupportedException("LibTorch is not loaded, or its library torch_cpu was not found among this process's.");
        }
    }
}
