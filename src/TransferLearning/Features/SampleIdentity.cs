namespace TransferLearning;

/// <summary>By what a <see cref="FeatureCache"/> knows a sample again.</summary>
public enum SampleIdentity
{
    /// <summary>By the hash of its bytes: a sample that was changed, moved or renamed is recognised for what it is, and sets share what
    /// they have in common. Every use of the cache reads all samples once, which takes a small part of the time of decoding them.</summary>
    Content,

    /// <summary>By its name, and what the data set knows of its content without reading it (a file's size, a zip entry's checksum). Nothing
    /// is read; for sets so large that reading them takes minutes and whose files do not change.</summary>
    NameAndMark,
}
