namespace TransferLearning;

/// <summary>The samples of a set, some of which have another class.</summary>
/// <param name="source">The set; it stays its owner's.</param>
/// <param name="classNames">The names of all classes.</param>
/// <param name="newLabelOf">The number of the class of a sample that has another one; null for one that keeps its own.</param>
internal sealed class RelabelledDataset(Dataset source, IReadOnlyList<string> classNames, Func<int, int?> newLabelOf) : Dataset
{
    public override int Count => source.Count;
    public override IReadOnlyList<string> ClassNames => classNames;

    public override int LabelOf(int index) => newLabelOf(index) ?? source.LabelOf(index);

    public override Target TargetOf(int index) => newLabelOf(index) is { } label ? new ClassTarget(label) : source.TargetOf(index);

    public override string NameOf(int index) => source.NameOf(index);

    public override Sample Read(int index)
    {
        Sample sample = source.Read(index);
        return newLabelOf(index) is { } label ? sample with { Target = new ClassTarget(label) } : sample;
    }

    public override string ToString() => source.ToString()!;

    protected internal override long ContentMark(int index) => source.ContentMark(index);
}
