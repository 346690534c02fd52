namespace TransferLearning;

/// <summary>How LibTorch is set up, once for the process. Apply it with <see cref="LibTorch.Configure"/> before the first tensor.</summary>
public sealed record RuntimeOptions
{
    /// <summary>Whether glibc's allocator keeps freed memory instead of handing it back after every operation. Default: true.</summary>
    /// <value>Networks free and take the same large blocks over and over, and each return costs page faults; keeping them more than doubles
    /// the speed of a training step where faults are dear, for a few per cent more resident memory. It concerns the whole process, and only
    /// Linux with glibc. The environment variable <c>TRANSFERLEARNING_ALLOCATOR=system</c> turns it off without a change of code.</value>
    public bool TuneAllocator { get; init; } = true;

    /// <summary>Whether LibTorch's oneDNN kernels run. Default: <see cref="OneDnnMode.Auto"/>.</summary>
    public OneDnnMode OneDnn { get; init; } = OneDnnMode.Auto;

    /// <summary>How many threads one operation may use; null leaves LibTorch's choice, one for each core.</summary>
    public int? Threads { get; init; }
}
