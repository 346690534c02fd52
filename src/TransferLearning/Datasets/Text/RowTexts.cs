namespace TransferLearning;

/// <summary>Texts that are the rows of one file.</summary>
/// <param name="rows">The rows; disposed with the store.</param>
/// <param name="content">Makes a sample's content of a row.</param>
internal sealed class RowTexts(TextRows rows, Func<string, (SampleContent Input, Target? Target)> content) : TextStore
{
    private readonly string _fileName = Path.GetFileName(rows.Name);

    public override int Count => rows.Count;

    public override string NameOf(int index) => $"{_fileName} row {index + 1}";
    public override long MarkOf(int index) => rows.MarkOf(index);
    public override (SampleContent Input, Target? Target) Read(int index) => content(rows[index]);
    public override string ToString() => $"'{rows.Name}'";
    public override void Dispose() => rows.Dispose();
}
