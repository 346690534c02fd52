namespace TransferLearning;

/// <summary>What a caller may say about loading a pretrained network.</summary>
public sealed record PretrainedOptions
{
    /// <summary>Which published set: <c>IMAGENET1K_V2</c>. Default: the recommended one. Without meaning when a path is given.</summary>
    public string? Weights { get; init; }

    /// <summary>What differs from the published network. The number of classes is read from the weights unless it is set here.</summary>
    public NetworkOptions Network { get; init; } = NetworkOptions.Default;

    /// <summary>How images are preprocessed. Default: as the published weights want it.</summary>
    public ImagePreprocess? Preprocess { get; init; }

    /// <summary>How names of the file become names of the network. Default: they are the same, or those of timm or transformers, which are
    /// recognised for the families that <c>docs/weights.md</c> lists.</summary>
    public KeyMap? KeyMap { get; init; }

    /// <summary>Whether a backbone that the file fills only in part is accepted; what is missing then begins as in training from scratch.
    /// Default: false, and loading ends with an error that lists what is missing.</summary>
    public bool AllowPartial { get; init; }

    /// <summary>Whether a model whose classifier is not in the file may predict and be evaluated before it is trained; its predictions are
    /// random then. Default: false.</summary>
    public bool AllowUntrainedHead { get; init; }

    /// <summary>What fixes the draws for weights that the file does not have. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>Where published files are looked for and kept, and whether they may be downloaded.</summary>
    public WeightStoreOptions Store { get; init; } = new();

    /// <summary>Whether the network looks into the file instead of copying it: <see cref="CheckpointOptions.MapFile"/>. Default (null):
    /// files of the store are mapped, as they only ever change by renaming; a file that the caller names is copied.</summary>
    public bool? MapFile { get; init; }

    /// <summary>Reported to while a file is downloaded.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }
}
