namespace TransferLearning;

/// <summary>The samples of a set, some of which have another class.</summary>
/// <param name="source">The set; it stays its owner's.</param>
/// <param name="labels">The number of the class of each sample that has another one.</param>
internal sealed class RelabelledDataset(Dataset source, IReadOnlyDictionary<int, int> labels) : Dataset
{
    public override int Count => source.Count;
    public override IReadOnlyList<string> ClassNames => source.ClassNames;

    public override int LabelOf(int index) => labels.TryGetValue(index, out int label) ? label : source.LabelOf(index);

    public override Target TargetOf(int index)
        => labels.TryGetValue(index, out int label) ? new ClassTarget(label) : source.TargetOf(index);

    public override string NameOf(int index) => source.NameOf(index);

    public override Sample Read(int index)
    {
        Sample sample = source.Read(index);
        return labels.TryGetValue(index, out int label) ? sample with { Target = new ClassTarget(label) } : sample;
    }

    public override string ToString() => $"{source} with {labels.Count} labels changed";

    protected internal override long ContentMark(int index) => source.ContentMark(index);
}
