namespace TransferLearning.Hosting;

/// <summary>How a model is hosted. Properties can be set in code or bound to a section of the configuration.</summary>
public sealed class HostedModelOptions
{
    /// <summary>The file or folder that <see cref="TransferModel.Save"/> wrote. Required.</summary>
    public string Path { get; set; } = "";

    /// <summary>How many requests go through the network at once, at most. Default: 32.</summary>
    public int MaxBatchSize { get; set; } = 32;

    /// <summary>How long the first request of a batch waits for others, at most. Under load batches fill while the one before is computed,
    /// so that this is the price of a quiet hour. Whole milliseconds; 0 waits for none. Default: 5 milliseconds.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How many requests may wait; one more gets a <see cref="ModelOverloadedException"/>. Default: 1024.</summary>
    public int QueueCapacity { get; set; } = 1024;

    /// <summary>How many threads preprocess the inputs of a batch. Default: null, one for each core, at most 8.</summary>
    public int? Workers { get; set; }

    /// <summary>How often <see cref="Path"/> is looked at for a new version, which is swapped in once it has been the same for two looks.
    /// Default: null, never; <see cref="HostedModel.SwapAsync"/> does it by hand.</summary>
    public TimeSpan? WatchInterval { get; set; }

    /// <summary>Loads a version. Default: <see cref="TransferModel.Load"/>, on the CPU.</summary>
    public Func<string, TransferModel> Load { get; set; } = path => TransferModel.Load(path);

    /// <summary>What a version is warmed up with before it answers anyone. Default: null, a gray image, a word or a second of
    /// silence.</summary>
    public SampleContent? WarmUpInput { get; set; }
}
