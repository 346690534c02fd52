namespace TransferLearning.Tests;

/// <summary>Samples that are nothing but a number; some of them cannot be read.</summary>
internal sealed class NumberedDataset(int count, int classes = 3, params int[] damaged) : Dataset
{
    private int _reads;

    public override int Count => count;

    public int Reads => _reads;

    public override IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, classes).Select(i => $"class {i}")];

    public override int LabelOf(int index) => index % classes;

    public override string NameOf(int index) => $"number {index}";

    public override Sample Read(int index)
    {
        Interlocked.Increment(ref _reads);
        return damaged.Contains(index)
            ? throw new DatasetException($"{NameOf(index)} is damaged")
            : new Sample(NameOf(index), LabelOf(index), new RawImage(1, 1, BitConverter.GetBytes(index).AsMemory(0, 3)));
    }
}
