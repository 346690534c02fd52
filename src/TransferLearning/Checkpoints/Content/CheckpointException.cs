namespace TransferLearning;

/// <summary>
/// A checkpoint file was refused. The message names the file, the place in it, what was expected and found, and what to do.
/// </summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="kind">Why the file was refused.</param>
    /// <param name="path">The file.</param>
    /// <param name="place">The entry, key or tensor inside the file; null for the file as a whole.</param>
    /// <param name="problem">What was expected and what was found, as a sentence.</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <param name="innerException">The exception that showed the problem, if any.</param>
    public CheckpointException(
        CheckpointErrorKind kind, string path, string? place, string problem, string remedy, Exception? innerException = null)
        : base(place is null ? $"'{path}': {problem} {remedy}" : $"'{path}', {place}: {problem} {remedy}", innerException)
    {
        Kind = kind;
        Path = path;
        Place = place;
    }

    /// <summary>Why the file was refused.</summary>
    public CheckpointErrorKind Kind { get; }

    /// <summary>The file that was refused.</summary>
    public string Path { get; }

    /// <summary>The entry, key or tensor inside the file; null when the file as a whole is meant.</summary>
    public string? Place { get; }
}
