namespace TransferLearning;

/// <summary>How far a download has come.</summary>
/// <param name="FileName">The file that is being downloaded.</param>
/// <param name="Bytes">How many bytes of it are on disk, those of an earlier, interrupted download included.</param>
/// <param name="Total">How many bytes it has; null when the server does not say.</param>
public readonly record struct DownloadProgress(string FileName, long Bytes, long? Total);
