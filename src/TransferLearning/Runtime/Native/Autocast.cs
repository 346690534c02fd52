using System.Runtime.Intrinsics.X86;

namespace TransferLearning;

/// <summary>
/// PyTorch's autocast, which TorchSharp does not offer: until it is disposed, convolutions and matrix products of the calling thread run in
/// bfloat16 and what needs it in float32. Forward and loss go inside, the backward pass outside, as PyTorch advises.
/// </summary>
/// <remarks>It belongs to the thread that made it, which must dispose it too. Scopes may be nested.</remarks>
internal sealed unsafe class Autocast : IDisposable
{
    private const int BFloat16 = (int)torch.ScalarType.BFloat16;
    private static readonly Lazy<Functions?> Native = new(Functions.Find);

    [ThreadStatic]
    private static int _depth;

    private readonly int _device;
    private readonly bool _wasEnabled;
    private readonly int _previousType;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private bool _isDisposed;

    /// <param name="device">The kind of device whose operations are meant.</param>
    /// <param name="enabled">False makes a part of the work inside another scope run in float32.</param>
    /// <exception cref="NotSupportedException">This build of LibTorch does not offer the functions.</exception>
    public Autocast(DeviceType device, bool enabled = true)
    {
        Functions native = Native.Value ?? throw new NotSupportedException(
            "Precision.BFloat16 needs functions of LibTorch that this build does not export (on Windows their names differ and are not "
                + "known here). Use Precision.Float32.");
        _device = (int)device;
        _wasEnabled = native.IsEnabled(_device) != 0;
        _previousType = native.TypeOf(_device);
        native.SetEnabled(_device, enabled ? (byte)1 : (byte)0);
        native.SetType(_device, BFloat16);
        native.Enter();
        _depth += enabled ? 1 : 0;
        IsEnabling = enabled;
    }

    /// <summary>Whether this build of LibTorch can do it.</summary>
    public static bool IsSupported => Native.Value is not null;

    /// <summary>Whether the calling thread is inside a scope.</summary>
    public static bool IsActive => _depth > 0;

    /// <summary>Whether this processor multiplies bfloat16 itself (AVX512_BF16 or AMX); without that it is slower than float32.</summary>
    public static bool ProcessorHasBFloat16 { get; } = FindBFloat16();

    private bool IsEnabling { get; }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        if (_thread != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException("Autocast belongs to the thread that began it; dispose it there.");
        }

        _isDisposed = true;
        Functions native = Native.Value!;
        if (native.Leave() == 0)
        {
            native.ClearCache(); // else the casts of changed weights would be used again
        }

        native.SetEnabled(_device, _wasEnabled ? (byte)1 : (byte)0);
        native.SetType(_device, _previousType);
        _depth -= IsEnabling ? 1 : 0;
    }

    private static bool FindBFloat16()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
        {
            return false;
        }

        bool avx512 = Avx512F.IsSupported && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
        bool amx = (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0;
        return avx512 || amx;
    }

    private sealed class Functions
    {
        private readonly nint[] _pointers;

        private Functions(nint[] pointers) => _pointers = pointers;

        public static Functions? Find()
        {
            string[] names =
            [
                "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE",
                "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb",
                "_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE",
                "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE",
                "_ZN2at8autocast17increment_nestingEv",
                "_ZN2at8autocast17decrement_nestingEv",
                "_ZN2at8autocast11clear_cacheEv",
            ];
            nint[] pointers = Array.ConvertAll(names, NativeLibTorch.Export);
            return pointers.Contains(0) ? null : new Functions(pointers);
        }

        public byte IsEnabled(int device) => ((delegate* unmanaged<int, byte>)_pointers[0])(device);
        public void SetEnabled(int device, byte on) => ((delegate* unmanaged<int, byte, void>)_pointers[1])(device, on);
        public int TypeOf(int device) => ((delegate* unmanaged<int, sbyte>)_pointers[2])(device);
        public void SetType(int device, int type) => ((delegate* unmanaged<int, int, void>)_pointers[3])(device, type);
        public void Enter() => ((delegate* unmanaged<int>)_pointers[4])();
        public int Leave() => ((delegate* unmanaged<int>)_pointers[5])();
        public void ClearCache() => ((delegate* unmanaged<void>)_pointers[6])();
    }
}
