namespace TransferLearning;

/// <summary>Why an archive was refused.</summary>
internal enum ArchiveErrorKind
{
    /// <summary>The file is another kind of file, or its end is missing.</summary>
    NotAnArchive,

    /// <summary>The file ends before the bytes that it should have.</summary>
    Truncated,

    /// <summary>Its parts contradict each other, or a checksum differs.</summary>
    Corrupt,

    /// <summary>It is encrypted, split, or compressed in a way that is not read here.</summary>
    Unsupported,

    /// <summary>A part claims more bytes than are allowed.</summary>
    TooLarge,

    /// <summary>Two entries have one name.</summary>
    DuplicateEntry,

    /// <summary>A name leads out of the archive.</summary>
    NameLeadsOut,
}
