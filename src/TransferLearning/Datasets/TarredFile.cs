namespace TransferLearning;

/// <summary>A file in a tar archive.</summary>
/// <param name="Name">Its name, with '/' between the parts; never used as a path.</param>
/// <param name="Offset">Where its bytes begin in the archive.</param>
/// <param name="Size">How many bytes it has; they lie inside the archive.</param>
/// <param name="Mark">A checksum of its header, which has its time and size too.</param>
internal readonly record struct TarredFile(string Name, long Offset, long Size, uint Mark);
