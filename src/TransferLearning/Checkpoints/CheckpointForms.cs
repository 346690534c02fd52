namespace TransferLearning;

/// <summary>The built-in forms and the choice among them by content.</summary>
internal static class CheckpointForms
{
    private const int HeadBytes = 64;

    public static readonly IReadOnlyList<ICheckpointFormat> SingleFile =
        [new TorchZipFormat(), new SafeTensorsFormat(), new TorchLegacyFormat()];

    /// <summary>The index comes last: a safetensors file may begin with a brace too, but then its fifth byte is no text.</summary>
    public static readonly IReadOnlyList<ICheckpointFormat> All = [.. SingleFile, new ShardedFormat(SingleFile)];

    public static ICheckpointFormat Find(CheckpointFile file, IReadOnlyList<ICheckpointFormat> forms)
    {
        if (file.Length == 0)
        {
            throw file.Error(CheckpointErrorKind.Truncated, null, "The file is empty.", CheckpointFile.RemedyDownload);
        }

        Span<byte> head = stackalloc byte[(int)Math.Min(HeadBytes, file.Length)];
        file.Read(0, head);
        foreach (ICheckpointFormat form in forms)
        {
            if (form.Recognizes(head, file.Path))
            {
                return form;
            }
        }

        string begin = Encoding.ASCII.GetString(head);
        throw file.Error(
            CheckpointErrorKind.NotACheckpoint,
            null,
            "A torch file (zip or legacy), a safetensors file or an index of shards was expected; the content is none of them.",
            Remedy(begin));
    }

    private static string Remedy(string begin)
    {
        if (begin.StartsWith("version https://git-lfs", StringComparison.Ordinal))
        {
            return "It is a git-lfs pointer: run 'git lfs pull' to get the file itself.";
        }

        return begin.TrimStart().StartsWith('<')
            ? "It is a web page: the download got an error page instead of the file. Download it again."
            : "Check that the path names the weights.";
    }
}
