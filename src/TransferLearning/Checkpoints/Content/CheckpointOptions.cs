namespace TransferLearning;

/// <summary>How <see cref="StateDict.Open"/> reads a checkpoint.</summary>
public sealed record CheckpointOptions
{
    /// <summary>
    /// The path of keys, parted by <c>/</c>, to the dictionary of weights, such as <c>state_dict_ema</c> or <c>ema/module</c>. Null
    /// (default) takes <c>state_dict</c>, <c>model</c> or <c>model_state_dict</c> where the root has one of them with tensors in it, else
    /// the root.
    /// </summary>
    public string? Section { get; init; }

    /// <summary>Prefixes that wrappers put before every name and that are taken off when all names have them: <c>module.</c> (DataParallel)
    /// and <c>_orig_mod.</c> (compiled modules) by default.</summary>
    public IReadOnlyList<string> StripPrefixes { get; init; } = ["module.", "_orig_mod."];

    /// <summary>Renames the names after the prefixes were taken off; none by default.</summary>
    public KeyMap? KeyMap { get; init; }

    /// <summary>The most bytes that the description (pickle, JSON header or index, zip directory) may have; 64 MiB by default.</summary>
    public int MaximumDescriptionBytes { get; init; } = 64 << 20;

    /// <summary>Whether the checksums of zip entries are compared when a whole entry is read; yes by default.</summary>
    public bool VerifyChecksums { get; init; } = true;

    /// <summary>
    /// Whether <see cref="StateDict.LoadInto"/> lets large CPU tensors look into the file, mapped into memory, instead of copying it; no by
    /// default. Loading then costs next to nothing, processes share the weights of one file, and what is trained becomes the process's own
    /// page by page; the file itself never changes. Ask for it only where nobody writes into the file or cuts it short while the tensors
    /// live (to replace it by renaming is safe): the weights would change, or the system would end the process. Views that others hold of a
    /// target keep its old memory. Served on Linux, for zip and safetensors files; elsewhere the file is copied as without it.
    /// </summary>
    public bool MapFile { get; init; }

    /// <summary>Further forms, asked before the built-in ones; none by default.</summary>
    public IReadOnlyList<ICheckpointFormat> AdditionalFormats { get; init; } = [];
}
