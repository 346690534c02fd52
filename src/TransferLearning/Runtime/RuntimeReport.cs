namespace TransferLearning;

/// <summary>
/// What <see cref="LibTorch.Describe"/> says of LibTorch in this process: the facts that a report about a machine begins with.
/// </summary>
/// <param name="Version">The version of TorchSharp's managed half.</param>
/// <param name="Folder">The folder of LibTorch's libraries; null where TorchSharp found them by itself.</param>
/// <param name="BindingWasAdapted">Whether the system's libstdc++ is older than TorchSharp's native library asks for, so that an adapted
/// copy was loaded from memory.</param>
/// <param name="AllocatorIsTuned">Whether glibc's allocator keeps freed memory.</param>
/// <param name="OneDnnFault">Whether the machine hides its cache sizes, so that oneDNN cannot be trusted.</param>
/// <param name="OneDnnIsOn">Whether oneDNN runs.</param>
/// <param name="Threads">How many threads one operation may use.</param>
/// <param name="Processor">The CPU's name, or its architecture where it has none.</param>
/// <param name="HasBFloat16">Whether the CPU has instructions for bfloat16.</param>
/// <param name="GpuCount">How many CUDA GPUs can be used.</param>
/// <param name="GpuNote">Why there is none; null where there is one.</param>
public sealed record RuntimeReport(
    string Version,
    string? Folder,
    bool BindingWasAdapted,
    bool AllocatorIsTuned,
    bool OneDnnFault,
    bool OneDnnIsOn,
    int Threads,
    string Processor,
    bool HasBFloat16,
    int GpuCount,
    string? GpuNote);
