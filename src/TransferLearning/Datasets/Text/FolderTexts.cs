namespace TransferLearning;

/// <summary>Texts of which each is a file.</summary>
/// <param name="root">The folder, for messages.</param>
/// <param name="files">The files.</param>
internal sealed class FolderTexts(string root, FolderFiles files) : TextStore
{
    public override int Count => files.Count;

    public override string NameOf(int index) => files.NameOf(index);
    public override long MarkOf(int index) => files.MarkOf(index);

    public override (SampleContent Input, Target? Target) Read(int index)
    {
        ReadOnlySpan<byte> bytes = files.Read(index);
        bytes = bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        return (new TextContent(TextRow.Decode(bytes, $"'{Path.Combine(root, files.NameOf(index))}'")), null);
    }

    public override string ToString() => $"'{root}'";
    public override void Dispose() => files.Dispose();
}
