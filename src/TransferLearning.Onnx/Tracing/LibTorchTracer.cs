using System.Diagnostics;

namespace TransferLearning.Onnx;

/// <summary>
/// LibTorch's own tracer, which Python's <c>torch.jit.trace</c> uses and TorchSharp does not wrap: it writes down which operator is run on
/// which tensors, whoever calls it. So a network is recorded as it runs, whatever it is made of.
/// </summary>
/// <remarks>
/// The functions are exported by LibTorch 2.10 on Linux, macOS and Windows under the names below. Beside their arguments a few places in
/// memory are taken as known (the constants that begin with OffsetOf). Each is checked with the first value, whose number must be 0 and
/// whose node must have that value as its only output and no input, so a LibTorch where they lie elsewhere is refused. A recorder belongs
/// to its thread. </remarks>
internal sealed unsafe class LibTorchTracer : IDisposable
{
    private const int SizeOfState = 4096; // about 200 bytes
    private const int OffsetOfGraph = 16;
    private const int OffsetOfNode = 8;
    private const int OffsetOfNumber = 24;
    private const int OffsetOfInputs = 16;
    private const int OffsetOfOutputs = 40;
    private const uint TensorTag = 1;

    private static readonly Lazy<Functions> Native = new(Functions.Find);

    private readonly Functions _native = Native.Value;
    private readonly byte* _state;
    private long _declared;

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
        return NumberOf(value) == _declared++ && InputsOf(value).Length == 0 && OutputsOf(value) is [var output] && output == (nint)value
            ? NumberOf(value)
            : throw new NotSupportedException("This build of LibTorch lays out graphs in another way than LibTorch 2.10, which TorchSharp "
                + "0.107 brings: ONNX files cannot be written with it.");
    }

    /// <summary>Records what this thread computes.</summary>
    /// <param name="forward">Computes tensors.</param>
    /// <returns>The numbers of their values, the recording as LibTorch writes it, and the constants in it that were not declared; the
    /// caller disposes them.</returns>
    public (IReadOnlyList<long> Outputs, string Graph, IReadOnlyDictionary<long, Tensor> Constants) Run(Func<IReadOnlyList<Tensor>> forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        nint[] outputs;
        Use(_state);
        try
        {
            outputs = [.. forward().Select(ValueOf)];
        }
        finally
        {
            Use(null);
        }

        return ([.. outputs.Select(value => NumberOf((void*)value))], Text(), Constants(outputs));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _native.Destruct(_state);
        NativeMemory.Free(_state);
    }

    private static long NumberOf(void* value) => *(long*)((byte*)value + OffsetOfNumber);

    private static ReadOnlySpan<nint> InputsOf(void* value) => List(value, OffsetOfInputs);

    private static ReadOnlySpan<nint> OutputsOf(void* value) => List(value, OffsetOfOutputs);

    // A std::vector of pointers in the node of a value.
    private static ReadOnlySpan<nint> List(void* value, int offset)
    {
        nint* vector = (nint*)(*(byte**)((byte*)value + OffsetOfNode) + offset);
        nint bytes = vector[1] - vector[0];
        return bytes is >= 0 and < 1 << 20 && bytes % sizeof(nint) == 0 ? new((void*)vector[0], (int)bytes / sizeof(nint)) : [];
    }

    private static Value Box(Tensor tensor) => new() { Payload = *(nint*)tensor.Handle, Tag = TensorTag };

    private nint ValueOf(Tensor tensor)
    {
        Value boxed = Box(tensor);
        return (nint)_native.GetValue(_state, &boxed);
    }

    private Dictionary<long, Tensor> Constants(IEnumerable<nint> outputs)
    {
        Dictionary<long, Tensor> constants = [];
        HashSet<nint> seen = [];
        Stack<nint> open = new(outputs);
        while (open.TryPop(out nint value))
        {
            if (!seen.Add(value))
            {
                continue;
            }

            ReadOnlySpan<nint> inputs = InputsOf((void*)value);
            foreach (nint input in inputs)
            {
                open.Push(input);
            }

            if (inputs.Length == 0 && NumberOf((void*)value) >= _declared
                && _native.ToConstant((void*)value) is { HasValue: not 0, Value.Tag: TensorTag } constant)
            {
                // The tensor in this cell is ours now, and TorchSharp deletes both.
                nint* cell = (nint*)NativeMemory.Alloc((nuint)sizeof(nint));
                *cell = constant.Value.Payload;
                constants.Add(NumberOf((void*)value), Tensor.UnsafeCreateTensor((nint)cell));
            }
        }

        return constants;
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

    [StructLayout(LayoutKind.Sequential)]
    private struct OptionalValue
    {
        public Value Value;
        public byte HasValue;
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
        public required delegate* unmanaged<void*, OptionalValue> ToConstant { get; init; }

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
                ToConstant = (delegate* unmanaged<void*, OptionalValue>)Export(
                    "_ZN5torch3jit8toIValueEPKNS0_5ValueE", "?toIValue@jit@torch@@YA?AV?$optional@UIValue@c10@@@std@@PEBUValue@12@@Z"),
            };

            nint Export(string name, string nameOnWindows)
                => NativeLibrary.TryGetExport(library, OperatingSystem.IsWindows() ? nameOnWindows : name, out nint address)
                    ? address
                    : throw new NotSupportedException(
                        $"An ONNX file cannot be written with this build of LibTorch: it does not export {name}. "
                            + "TorchSharp 0.107's (LibTorch 2.10) does.");
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
