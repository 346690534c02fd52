namespace TransferLearning.Tests;

/// <summary>A data set of which each sample takes its time to be read.</summary>
internal sealed class ClockedDataset(Dataset inner, Action read) : Dataset
{
    public override int Count => inner.Count;

    public override IReadOnlyList<string> ClassNames => inner.ClassNames;

    public override int LabelOf(int index) => inner.LabelOf(index);

    public override Target TargetOf(int index) => inner.TargetOf(index);

    public override string NameOf(int index) => inner.NameOf(index);

    public override Sample Read(int index)
    {
        read();
        return inner.Read(index);
    }

    protected internal override long ContentMark(int index) => inner.ContentMark(index);
}
