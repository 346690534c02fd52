namespace TransferLearning.Hosting;

/// <summary>One version of a hosted model.</summary>
/// <param name="Number">1 for the first one that was loaded, then 2, 3, …</param>
/// <param name="Path">The file or folder it was loaded from.</param>
/// <param name="Architecture">The architecture's name.</param>
/// <param name="ClassNames">The names of its classes.</param>
/// <param name="LoadedAt">When it had been loaded and warmed up.</param>
public sealed record ModelVersion(
    int Number, string Path, string Architecture, IReadOnlyList<string> ClassNames, DateTimeOffset LoadedAt);
