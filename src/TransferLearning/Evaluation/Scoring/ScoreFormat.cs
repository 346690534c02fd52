namespace TransferLearning;

/// <summary>
/// A form of files with scores. <see cref="JsonLinesFormat"/> is this library's; the package <c>TransferLearning.Parquet</c> has another.
/// </summary>
public abstract class ScoreFormat
{
    /// <summary>The ending of its files, with the dot.</summary>
    public abstract string Extension { get; }

    /// <summary>Begins a file; disposing the writer ends it.</summary>
    /// <param name="stream">Takes the bytes; it stays the caller's.</param>
    /// <param name="columns">What the values are.</param>
    public abstract ScoreWriter Begin(Stream stream, ScoreColumns columns);

    /// <summary>Puts files of this form together, in their order.</summary>
    /// <param name="files">Paths of complete files.</param>
    /// <param name="stream">Takes the bytes; it stays the caller's.</param>
    public abstract void Merge(IReadOnlyList<string> files, Stream stream);
}
