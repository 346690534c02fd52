namespace TransferLearning.Benchmarks;

/// <summary>Any number of small images that are drawn when they are read.</summary>
internal sealed class NoiseDataset(int count, int side) : Dataset
{
    public override int Count => count;

    public override IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, 10).Select(i => $"{i}")];

    public override int LabelOf(int index) => index % 10;

    public override string NameOf(int index) => $"noise {index}";

    public override Sample Read(int index)
    {
        SeededRandom random = new(7, 0, index);
        byte[] pixels = new byte[side * side * 3];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)random.NextUInt64();
        }

        return new Sample(NameOf(index), LabelOf(index), new RawImage(side, side, pixels));
    }
}
