namespace TransferLearning;

/// <summary>Where a <see cref="FeatureCache"/> keeps features, and how many.</summary>
public sealed record FeatureCacheOptions
{
    /// <summary>
    /// The folder of its files, made when it is first needed. Several caches and processes may share it. Default: null, features stay in
    /// memory and are gone with the cache. No environment variable switches the files on: only who names a folder gets one.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>How many bytes the files of the folder may take together; the ones not used for longest are deleted first. What needs more
    /// than this alone is not stored. Default: 20 GiB.</summary>
    public long MaxBytes { get; init; } = 20L << 30;

    /// <summary>How many bytes of features may lie in memory. Features beyond it are read from their files batch by batch; without a folder
    /// they are not kept. Default: a quarter of the memory that the process may use.</summary>
    public long? MaxMemoryBytes { get; init; }

    /// <summary>How a number is stored. Default: <see cref="FeaturePrecision.Float32"/>.</summary>
    public FeaturePrecision Precision { get; init; }

    /// <summary>By what a sample is known again. Default: <see cref="SampleIdentity.Content"/>.</summary>
    public SampleIdentity Identity { get; init; }

    internal long MemoryLimit => MaxMemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxMemoryBytes ?? 0, nameof(MaxMemoryBytes));
        if (Folder is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(Folder);
        }
    }
}
