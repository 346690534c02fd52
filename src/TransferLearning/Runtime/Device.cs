namespace TransferLearning;

/// <summary>Where a model's numbers live and are worked on. The one place in which a device is chosen.</summary>
public readonly record struct Device
{
    private readonly DeviceType _type;
    private readonly int _index;

    private Device(DeviceType type, int index) => (_type, _index) = (type, index);

    /// <summary>The CPU.</summary>
    public static Device Cpu => new(DeviceType.CPU, -1);

    /// <summary>The first CUDA GPU if the application brings a CUDA build of LibTorch (a <c>TorchSharp-cuda-*</c> package) and the machine
    /// has one, else the CPU.</summary>
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

    /// <summary>A CUDA GPU. What it needs (a CUDA build of LibTorch, NVIDIA's driver, the GPU, memory for the network) is checked where the
    /// device is used, as in <c>model.To(device)</c>, which errs with <see cref="InvalidOperationException"/> and the remedy.</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public static Device Cuda(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new(DeviceType.CUDA, index);
    }

    /// <inheritdoc/>
    public override string ToString() => IsCuda ? $"cuda:{_index}" : "cpu";

    /// <summary>The device under TorchSharp's name: for inputs, tasks and losses of one's own that move tensors. Loads LibTorch.</summary>
    /// <exception cref="InvalidOperationException">It is a GPU that cannot be used; the message says what is missing.</exception>
    public torch.Device ToTorch()
    {
        LibTorch.Load();
        if (!IsCuda)
        {
            return torch.CPU;
        }

        CudaRequirements.Check(_index);
        return torch.device(DeviceType.CUDA, _index);
    }

    internal DeviceType Type => _type;
}
