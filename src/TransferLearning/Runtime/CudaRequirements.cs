namespace TransferLearning;

/// <summary>What a CUDA GPU needs: a CUDA build of LibTorch, a driver that works, the GPU asked for, and memory on it.</summary>
internal static class CudaRequirements
{
    private static readonly string Package = OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux";
    private static int _usable; // how many GPUs have been found; 0 until some have

    /// <summary>Checks all but the memory; cheap once it has succeeded.</summary>
    /// <exception cref="InvalidOperationException">Something is missing; the message says what, and the remedy.</exception>
    public static void Check(int index)
    {
        if (index < Volatile.Read(ref _usable))
        {
            return;
        }

        LibTorch.Load();
        int count = Count();
        Volatile.Write(ref _usable, count);
        if (index >= count && Missing(index, count, HasBackEnd(), HasDriver()) is string missing)
        {
            throw new InvalidOperationException(missing);
        }
    }

    /// <summary>How many GPUs LibTorch sees.</summary>
    public static int Count() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    /// <summary>What is said of a GPU where LibTorch sees none.</summary>
    public static string Missing(int index) => Missing(index, 0, HasBackEnd(), HasDriver());

    /// <summary>What is said of a GPU that cannot be used.</summary>
    /// <param name="index">The GPU asked for.</param>
    /// <param name="count">How many LibTorch sees.</param>
    /// <param name="hasBackEnd">Whether the application brings a CUDA build.</param>
    /// <param name="hasDriver">Whether the driver's library can be loaded.</param>
    public static string Missing(int index, int count, bool hasBackEnd, bool hasDriver)
        => $"CUDA GPU {index} cannot be used: " + (
            !hasBackEnd ? $"the application brings LibTorch without CUDA. Reference the package {Package} instead of TorchSharp-cpu, "
                + "or use Device.Auto or Device.Cpu."
            : !hasDriver ? "no NVIDIA driver was found. Install NVIDIA's driver (nvidia-smi must list the GPU; in a container start it "
                + "with --gpus all), or use Device.Auto or Device.Cpu."
            : count == 0 ? "the driver offers LibTorch no GPU. Update NVIDIA's driver and look at CUDA_VISIBLE_DEVICES and nvidia-smi, "
                + "or use Device.Auto or Device.Cpu."
            : $"this machine has {count}, numbered from 0. Take one of them, or use Device.Auto.");

    /// <summary>Moves a network; where the device has no room for it, the network goes back to where it was.</summary>
    /// <exception cref="InvalidOperationException">The device cannot be used or has too little free memory.</exception>
    public static void Move(torch.nn.Module network, Device from, Device to)
    {
        torch.Device place = to.ToTorch();
        try
        {
            network.to(place);
        }
        catch (ExternalException exception) when (to.IsCuda)
        {
            network.to(from.ToTorch());
            double size = network.parameters().Sum(parameter => (double)parameter.NumberOfElements * parameter.ElementSize) / (1 << 20);
            throw new InvalidOperationException(
                $"The network ({size:F0} MB of weights) could not be moved to {to} and stays on {from}: {exception.Message.Split('\n')[0]} "
                + "Free memory on the GPU (nvidia-smi lists what uses it), choose another, or use a smaller network.",
                exception);
        }
    }

    private static bool HasBackEnd() => OperatingSystem.IsWindows()
        ? NativeLibrary.TryLoad("torch_cuda", typeof(torch).Assembly, null, out _)
        : NativeLibTorch.Folder is { } folder && File.Exists(Path.Combine(folder, "libtorch_cuda.so"));

    private static bool HasDriver()
        => NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out nint driver) && driver != 0;
}
