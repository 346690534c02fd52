namespace TransferLearning;

/// <summary>Why a checkpoint was refused; see <see cref="CheckpointException.Kind"/>.</summary>
public enum CheckpointErrorKind
{
    /// <summary>The content is none of the known checkpoint forms, or holds no weights.</summary>
    NotACheckpoint,

    /// <summary>The file ends too early.</summary>
    Truncated,

    /// <summary>The zip structure contradicts itself, a checksum fails, or a feature is used that checkpoints never use.</summary>
    CorruptZip,

    /// <summary>The pickle program contradicts itself or uses an operation that is no data.</summary>
    CorruptPickle,

    /// <summary>The pickle names a class or function outside the closed list of tensor parts. Nothing of it was run.</summary>
    UnsafeGlobal,

    /// <summary>A size, stride, offset or count does not fit its storage.</summary>
    BadGeometry,

    /// <summary>An element type that is unknown or has no tensor type here.</summary>
    BadDtype,

    /// <summary>A JSON header or index is not what its form demands.</summary>
    BadHeader,

    /// <summary>Byte ranges overlap, leave holes or run backwards.</summary>
    BadOffsets,

    /// <summary>A part is larger than a reader may hold in memory, or would grow far beyond the file.</summary>
    TooLarge,

    /// <summary>Values are nested deeper than any real checkpoint nests them.</summary>
    TooDeep,

    /// <summary>A container holds itself.</summary>
    Cyclic,

    /// <summary>A part that another part names is absent.</summary>
    MissingEntry,

    /// <summary>A shard file that the index names is absent.</summary>
    MissingShard,

    /// <summary>One name stands for two things.</summary>
    DuplicateEntry,

    /// <summary>A name leads out of the archive or the folder.</summary>
    PathTraversal,

    /// <summary>The archive is a program (TorchScript, <c>torch.export</c>) that has no weights by name.</summary>
    TorchScript,

    /// <summary>A weight is NaN or infinite; see <see cref="LoadOptions.AllowNonFinite"/>.</summary>
    NonFinite,
}
