namespace TransferLearning;

/// <summary>One form in which checkpoints are stored. To read another form, implement this and name it in
/// <see cref="CheckpointOptions.AdditionalFormats"/>. Implementations hold no state and read descriptions only; the bytes of tensors are
/// read later, through <see cref="TensorStorage"/>.</summary>
public interface ICheckpointFormat
{
    /// <summary>Whether a file has this form.</summary>
    /// <param name="head">The first bytes of the file: 64, or all of a shorter file.</param>
    /// <param name="path">The file's path; the content should decide, a name may at most break a tie.</param>
    bool Recognizes(ReadOnlySpan<byte> head, string path);

    /// <summary>Reads the descriptions of a file, each length, offset and count checked before it is used.</summary>
    /// <param name="file">The open file; it stays open as long as the result is used.</param>
    /// <param name="options">The reader's limits.</param>
    /// <exception cref="CheckpointException">The file is not sound.</exception>
    CheckpointContent Read(CheckpointFile file, CheckpointOptions options);
}
