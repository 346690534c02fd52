namespace TransferLearning;

/// <summary>A data set over a store of texts.</summary>
/// <param name="store">The texts; disposed with the set.</param>
/// <param name="labels">The label of each; null where the texts have no classes.</param>
/// <param name="classNames">The names of the classes.</param>
/// <param name="hasSeveralLabels">Whether a text may have more classes than its label.</param>
internal sealed class TextDataset(
    TextStore store, IReadOnlyList<int>? labels, IReadOnlyList<string> classNames, bool hasSeveralLabels = false) : Dataset
{
    /// <summary>The one class of texts that have none.</summary>
    public static readonly IReadOnlyList<string> NoClasses = ["text"];

    public override int Count => store.Count;
    public override IReadOnlyList<string> ClassNames => classNames;

    public override int LabelOf(int index)
    {
        CheckIndex(index);
        return labels?[index] ?? 0;
    }

    public override string NameOf(int index)
    {
        CheckIndex(index);
        return store.NameOf(index);
    }

    public override Target TargetOf(int index) => Read(index).Target;

    public override Sample Read(int index)
    {
        CheckIndex(index);
        (SampleContent input, Target? target) = store.Read(index);
        return new Sample(NameOf(index), input, target ?? (labels is null ? NoTarget.Instance : new ClassTarget(labels[index])));
    }

    public override string ToString()
        => labels is null || hasSeveralLabels ? store.ToString()! : LabelNumbers.Described(store.ToString()!, classNames, labels);

    protected internal override long ContentMark(int index)
    {
        CheckIndex(index);
        return store.MarkOf(index);
    }

    protected override void Dispose(bool disposing)
    {
        store.Dispose();
        base.Dispose(disposing);
    }
}
