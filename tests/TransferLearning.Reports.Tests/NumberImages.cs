namespace TransferLearning.Reports.Tests;

/// <summary>Images of which a number is to be predicted: their own.</summary>
internal sealed class NumberImages(Dataset images) : Dataset
{
    public override int Count => images.Count;

    public override IReadOnlyList<string> ClassNames => [];

    public override int LabelOf(int index) => 0;

    public override Target TargetOf(int index) => new NumberTarget(index / 10.0);

    public override string NameOf(int index) => images.NameOf(index);

    public override Sample Read(int index) => images.Read(index) with { Target = TargetOf(index) };
}
