namespace TransferLearning;

/// <summary>Texts whose two parts are the rows of two files.</summary>
/// <param name="sources">The rows of the one file; disposed with the store.</param>
/// <param name="targets">As many rows of the other; disposed with the store.</param>
internal sealed class ParallelRows(TextRows sources, TextRows targets) : TextStore
{
    private readonly string _fileName = Path.GetFileName(sources.Name);

    public override int Count => sources.Count;

    public override string NameOf(int index) => $"{_fileName} row {index + 1}";
    public override long MarkOf(int index) => unchecked((sources.MarkOf(index) * 31) + targets.MarkOf(index));

    public override (SampleContent Input, Target? Target) Read(int index)
        => (new TextContent(sources[index]), new TextTarget(targets[index]));

    public override string ToString() => $"'{sources.Name}' and '{targets.Name}'";

    public override void Dispose()
    {
        sources.Dispose();
        targets.Dispose();
    }
}
