using TorchSharp;

namespace TransferLearning;

/// <summary>Where a model's numbers live and are worked on. The one place in which a device is chosen.</summary>
public readonly record struct Device
{
    private readonly DeviceType _type;
    private readonly int _index;

    private Device(DeviceType type, int index) => (_type, _index) = (type, index);

    /// <summary>The processor.</summary>
    public static Device Cpu => new(DeviceType.CPU, -1);

    /// <summary>
    /// The first CUDA GPU if the application brings a CUDA build of LibTorch (a <c>TorchSharp-cuda-*</c> package) and the
    /// machine has one, else the processor.
    /// </summary>
    public static Device Auto => CudaIsAvailable ? new(DeviceType.CUDA, 0) : Cpu;

    /// <summary>Whether a CUDA GPU can be used.</summary>
    public static bool CudaIsAvailable
    {
        get
        {
            LibTorch.Load();
            return torch.cuda.is_available();
        }
    }

    /// <summary>Whether this is a CUDA GPU.</summary>
    public bool IsCuda => _type == DeviceType.CUDA;

    /// <summary>A CUDA GPU.</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">There is no such GPU, or the application brings no CUDA build.</exception>
    public static Device Cuda(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (!CudaIsAvailable || index >= torch.cuda.device_count())
        {
            throw new InvalidOperationException(
                $"CUDA GPU {index} cannot be used: " + (CudaIsAvailable
                    ? $"this machine has {torch.cuda.device_count()}."
                    : "LibTorch sees none. Reference a TorchSharp-cuda-* package instead of TorchSharp-cpu and check the driver, or use "
                        + "Device.Auto."));
        }

        return new(DeviceType.CUDA, index);
    }

    /// <inheritdoc/>
    public override string ToString() => IsCuda ? $"cuda:{_index}" : "cpu";

    /// <summary>The device under TorchSharp's name: for inputs, tasks and losses of one's own that move tensors. Loads LibTorch.</summary>
    public torch.Device ToTorch()
    {
        LibTorch.Load();
        return IsCuda ? torch.device(DeviceType.CUDA, _index) : torch.CPU;
    }

    internal DeviceType Type => _type;
}
