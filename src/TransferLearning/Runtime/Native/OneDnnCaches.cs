using System.Runtime.Intrinsics.X86;

namespace TransferLearning;

/// <summary>The cache sizes that oneDNN 3.7 believes in. It asks AMD processors with CPUID leaf 0x8000001D; a virtual machine that answers
/// with zeros makes it plan for caches of one byte.</summary>
internal static unsafe class OneDnnCaches
{
    // Where oneDNN keeps its record of the CPU in the one build that these numbers were taken from.
    private const long KnownFileSize = 461_211_481;
    private const nint RecordFromImage = 0x1585b180;
    private const nint MarkerFromImage = 0x1da8590;
    private const int SizesAt = 0x1c;
    private const int LevelsAt = 0x6c;

    /// <summary>Whether this machine hides its cache sizes from oneDNN.</summary>
    public static bool AreHidden()
    {
        if (!X86Base.IsSupported)
        {
            return false;
        }

        (_, int ebx, int ecx, int edx) = X86Base.CpuId(0, 0);
        bool isAmd = (ebx, edx, ecx) is (0x68747541, 0x69746E65, 0x444D4163); // "Auth" "enti" "cAMD"
        (int highest, _, _, _) = X86Base.CpuId(unchecked((int)0x80000000), 0);
        return isAmd && unchecked((uint)highest) >= 0x8000001D && X86Base.CpuId(unchecked((int)0x8000001D), 0) is (0, 0, 0, 0);
    }

    /// <summary>
    /// What oneDNN's record holds now (sizes of three levels, number of levels), or null when the build is not the known one.
    /// </summary>
    public static (int L1, int L2, int L3, int LevelCount)? Read(string libTorchCpu)
    {
        byte* record = Find(libTorchCpu);
        if (record is null)
        {
            return null;
        }

        int* sizes = (int*)(record + SizesAt);
        return (sizes[0], sizes[1], sizes[2], *(int*)(record + LevelsAt));
    }

    /// <summary>Clears the number of levels, so that oneDNN uses its own guess; only if the record reads as the fault leaves it.</summary>
    /// <returns>Whether it was cleared.</returns>
    public static bool Repair(string libTorchCpu)
    {
        if (Read(libTorchCpu) is not (1, 1, 1, 3))
        {
            return false;
        }

        *(int*)(Find(libTorchCpu) + LevelsAt) = 0;
        return true;
    }

    /// <summary>Whether a convolution that the fault spoils gives the same numbers in both memory layouts.</summary>
    public static bool SelfTest()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using (torch.no_grad())
        {
            torch.Tensor input = Ramp(4, 256, 7, 7);
            torch.Tensor weight = Ramp(512, 256, 1, 1);
            torch.Tensor plain = torch.nn.functional.conv2d(input, weight);
            torch.Tensor channelsLast = torch.nn.functional.conv2d(WithChannelsLast(input), WithChannelsLast(weight));
            return plain.sub(channelsLast).abs().max().item<float>() <= 1e-3f * plain.abs().max().item<float>();
        }
    }

    private static torch.Tensor WithChannelsLast(torch.Tensor tensor) => tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static torch.Tensor Ramp(params long[] shape)
    {
        long count = shape.Aggregate(1L, (product, size) => product * size);
        return Scalars.Range(0, count, torch.float32).Remainder(97).Divide(97).Subtract(0.5).reshape(shape);
    }

    private static byte* Find(string libTorchCpu)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64
            || new FileInfo(libTorchCpu) is not { Exists: true, Length: KnownFileSize })
        {
            return null;
        }

        // oneDNN makes its record at the first convolution, and not before.
        using (DisposeScope scope = torch.NewDisposeScope())
        {
            _ = torch.nn.functional.conv2d(torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 1, 1));
        }

        return NativeLibrary.TryGetExport(NativeLibrary.Load(libTorchCpu), "_ZN2at8autocast11clear_cacheEv", out nint marker)
            ? (byte*)(marker - MarkerFromImage + RecordFromImage)
            : null;
    }
}
